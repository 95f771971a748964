package shop

import (
	"fmt"
	"strings"
)

// NotFoundError says that a record does not exist, or no longer. The API answers it with 404.
type NotFoundError struct {
	Kind string // "order", "price list"
	ID   string
}

// Error words it as the live API did in December 2022: two ways, depending on the resource.
func (e *NotFoundError) Error() string {
	if e.Kind == "customer" {
		return "Couldn't find a customer with ID " + e.ID
	}
	return fmt.Sprintf("Couldn't find %s with id %s", e.Kind, e.ID)
}

// InvalidError says that the site refuses an action. The API answers it with 422 and the message.
type InvalidError struct{ Message string }

func (e *InvalidError) Error() string { return e.Message }

func invalid(format string, args ...any) error {
	return &InvalidError{Message: fmt.Sprintf(format, args...)}
}

// faults collects what a validation found; the API joins them in one string.
type faults []string

func (f *faults) addIf(bad bool, message string) {
	if bad {
		*f = append(*f, message)
	}
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &InvalidError{Message: "Validation failed: " + strings.Join(f, ", ")}
}

// malformedError is a request that is answered 400 with an empty body.
type malformedError struct{ err error }

func (e *malformedError) Error() string { return "malformed request: " + e.err.Error() }

func (e *malformedError) Unwrap() error { return e.err }
