package mapping

// What Space Invoices takes. Source id, metadata and two digits are documented (orders, metadata, calculation modes);
// other texts have no documented limit, so they stay within what a text column commonly holds.
const (
	limitSourceID = 255
	limitMetadata = 250
	limitText     = 255
	limitNotes    = 1000
	booksDigits   = 2
)
