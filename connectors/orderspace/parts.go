package orderspace

import "spacebridge/mapping/trade"

// CategoryRef names a category.
type CategoryRef struct {
	ID   string
	Name string
}

func readCategoryRef(r *reader) CategoryRef {
	return CategoryRef{ID: r.text("id"), Name: r.text("name")}
}

func readAddress(r *reader) trade.Address {
	return trade.Address{
		CompanyName: r.text("company_name"), ContactName: r.text("contact_name"),
		Line1: r.text("line1"), Line2: r.text("line2"), City: r.text("city"), State: r.text("state"),
		PostalCode: r.text("postal_code"), Country: r.text("country"),
	}
}

func readEmails(r *reader) trade.Emails {
	return trade.Emails{Orders: r.addresses("orders"), Dispatches: r.addresses("dispatches"), Invoices: r.addresses("invoices")}
}

// each reads every element of a list of objects.
func each[T any](r *reader, key string, read func(*reader) T) []T {
	var list []T
	for _, element := range r.list(key) {
		list = append(list, read(element))
	}
	return list
}
