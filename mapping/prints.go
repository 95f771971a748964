package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The parts of a print, as reasons name them.
const (
	partMoney    = "money"
	partIdentity = "identity"
	partQuiet    = "notes, contacts or references"
	partPayment  = "payment status"
)

// printsOf takes the fingerprints of a sale. Every part of the sale is in exactly one of them. Numbers of the same value
// print the same however they were written, and so do the same lines in another order.
func printsOf(s *trade.Sale) trade.Prints {
	return trade.Prints{
		Money:    seal("money", moneyText(s)),
		Identity: seal("identity", text{s.Party.Name, addressText(s.BillingAddress)}),
		Quiet:    seal("quiet", quietText(s)),
		Payment:  seal("payment", text{string(s.PaymentStatus)}),
	}
}

// differing names the parts in which two sets of prints differ.
func differing(a, b trade.Prints) (parts []string) {
	for _, part := range []struct{ name, a, b string }{
		{partMoney, a.Money, b.Money}, {partIdentity, a.Identity, b.Identity}, {partQuiet, a.Quiet, b.Quiet}, {partPayment, a.Payment, b.Payment},
	} {
		if part.a != part.b {
			parts = append(parts, part.name)
		}
	}
	return parts
}

// text is a list of values to be fingerprinted.
type text []string

// String writes each value with its length before it, so that no two lists read the same.
func (t text) String() string {
	var b strings.Builder
	for _, value := range t {
		b.WriteString(strconv.Itoa(len(value)))
		b.WriteByte(':')
		b.WriteString(value)
		b.WriteByte(',')
	}
	return b.String()
}

// seal hashes a part. The version stands for how a sale is written down here. Raising it makes every print in a ledger
// differ from every new one, so it must come with a rewriting of the stored prints, or all issued sales would be held.
func seal(part string, t text) string {
	sum := sha256.Sum256([]byte("v1:" + part + ":" + t.String()))
	return hex.EncodeToString(sum[:])
}

func moneyText(s *trade.Sale) text {
	lines := make([]string, 0, len(s.Lines))
	for _, line := range s.Lines {
		lines = append(lines, text{
			line.SKU, line.Name, money.Plain(line.Quantity), money.Plain(line.UnitPrice),
			cents(line.Net), cents(line.Tax), cents(line.Gross), strconv.FormatBool(line.Taxed), money.Plain(line.TaxRate),
		}.String())
	}
	slices.Sort(lines)
	return append(text{s.Currency.Code, strconv.Itoa(s.Currency.Digits), cents(s.Net), cents(s.Tax), cents(s.Gross)}, lines...)
}

// quietText includes the tax number, which is the customer's and not the order's: while a sale is pending a new one is
// written to the books, but the invoices of years must not come under suspicion because a customer registered for tax.
func quietText(s *trade.Sale) text {
	t := text{
		s.Party.TaxNumber,
		s.SourceID, s.Number, s.OrderedAt.UTC().Format(time.RFC3339Nano), s.Party.Email, s.Party.Phone, s.Party.Notes,
		addressText(s.ShippingAddress), strconv.Itoa(len(s.Lines)),
	}
	t = append(t, cents(s.Shipping), s.PaymentMethod)
	for _, line := range s.Lines {
		t = append(t, line.SourceID, strconv.FormatBool(line.Shipping)) // what is shipping moves no money
	}
	for _, key := range slices.Sorted(maps.Keys(s.Metadata)) {
		t = append(t, key, s.Metadata[key])
	}
	return t
}

func addressText(a trade.Address) string {
	return text{a.CompanyName, a.ContactName, a.Line1, a.Line2, a.City, a.State, a.PostalCode, a.Country}.String()
}

func cents(a money.Amount) string { return strconv.FormatInt(int64(a), 10) }
