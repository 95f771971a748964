package mapping

import "spacebridge/mapping/money"

// What Space Invoices takes. Source id, metadata and two digits are documented (orders, metadata, calculation modes);
// other texts have no documented limit, so they stay within what a text column commonly holds.
const (
	limitSourceID = 255
	limitMetadata = 250
	limitText     = 255
	limitNotes    = 1000
	booksDigits   = 2
)

// limitAmount is the greatest amount of an order in the books, in major units of any currency. The order's schema says 2^47;
// from 2^46 on a JSON number, as most programs read it, no longer tells two amounts apart that differ by a hundredth.
const limitAmount = 1 << 46

// booksCanHold says why the books cannot hold an amount to the minor unit: it is too large, or finer than they round to.
func booksCanHold(currency money.Currency, amount money.Amount) error {
	major, finer := int64(amount), int64(0)
	for digit := range currency.Digits {
		if digit < currency.Digits-booksDigits {
			finer = finer*10 + major%10
		}
		major /= 10
	}
	switch {
	case major >= limitAmount || major <= -limitAmount:
		return money.ErrTooLarge
	case finer != 0:
		return money.ErrFraction
	default:
		return nil
	}
}
