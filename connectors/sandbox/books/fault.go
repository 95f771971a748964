package books

// fault is an error reply: {"code", "message", "cause"}.
type fault struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
	Cause   *cause `json:"cause,omitempty"`
}

// cause is a ZodError, as validation errors of the API carry it.
type cause struct {
	Name   string  `json:"name"`
	Issues []issue `json:"issues"`
}

// issue is one thing wrong with a body; the path leads to it: ["items", 0, "price"].
type issue struct {
	Code    string `json:"code"`
	Path    []any  `json:"path"`
	Message string `json:"message"`
}

// refuse makes the reply of a fault.
func refuse(f *fault) reply { return reply{status: f.status, body: encode(f)} }

// invalid is a 422 with the issues found.
func invalid(issues ...issue) *fault {
	return &fault{status: 422, Code: "validation_error", Message: "Validation failed", Cause: &cause{Name: "ZodError", Issues: issues}}
}

// missing is a 404 for a record.
func missing(what string) *fault {
	return &fault{status: 404, Code: "not_found", Message: what + " not found"}
}
