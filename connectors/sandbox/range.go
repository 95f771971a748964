package sandbox

import (
	"fmt"
	"time"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// article is one line of the table of kinds of goods.
type article struct {
	name  string
	price string // in pounds; some to a tenth or a hundredth of a penny, as bought by the thousand
	tax   string // "" for the site's default, else the name of a rate
}

var (
	articles = []article{
		{"Serving Board", "18.50", ""},
		{"Tea Towel", "4.25", ""},
		{"Paper Napkin", "0.1375", ""},
		{"Enamel Mug", "6.40", ""},
		{"Candle", "7.995", ""},
		{"Apron", "14.00", ""},
		{"Storage Jar", "9.15", ""},
		{"Cookbook", "11.99", rateZero},
		{"Greeting Card", "0.85", ""},
		{"Seed Packet", "1.125", rateReduced},
		{"Child's Bib", "3.30", rateZero},
		{"Gift Tag", "0.0625", ""},
		{"Shortbread Tin", "5.55", rateZero},
		{"Honey Jar", "4.05", rateZero},
		{"Hand Soap", "3.333", ""},
		{"Solar Lamp", "27.45", rateReduced},
	}
	ranges  = []string{"Harvest", "Coast", "Meadow", "Nordic", "Heritage"}
	colours = []string{"Oat", "Slate", "Fern"}
	sizes   = []string{"Small", "Large"}
)

// The tax rates of the site.
const (
	rateStandard = "Standard"
	rateReduced  = "Reduced"
	rateZero     = "Zero"
)

// catalogue is what the merchant needs to know of the site it set up.
type catalogue struct {
	skus      []string
	rates     map[string]string // name to id
	lists     map[string]string // currency to price list id
	terms     []string
	window    string // preorder window
	customers []shop.Customer
	buyers    []buyer // the n-th is customers[n]
}

// furnish fills an empty site: rates, price lists, terms, products, and customers that came in the year before.
func furnish(s *shop.Shop, at time.Time) catalogue {
	c := catalogue{rates: map[string]string{}, lists: map[string]string{}, buyers: buyers}
	for _, rate := range [][2]string{{rateStandard, "20"}, {rateReduced, "5"}, {rateZero, "0"}} {
		c.rates[rate[0]] = s.AddTaxRate(shop.TaxRate{Name: rate[0], Rate: money.MustParse(rate[1])}).ID
	}
	for _, list := range [][3]string{{"GBP", "Trade", "92.5"}, {"EUR", "Europe", "117"}, {"USD", "America", "127"}, {"JPY", "Japan", "19000"}} {
		c.lists[list[0]] = s.AddPriceList(shop.PriceList{Name: list[1] + " " + list[0], Currency: list[0], ConversionRate: money.MustParse(list[2])}).ID
	}
	for _, t := range []shop.PaymentTerms{
		{Name: "Payment with order"},
		{Name: "15 Days", DaysDue: 15},
		{Name: "30 Days", DaysDue: 30},
		{Name: "Deposit, 30 Days", DaysDue: 30, DepositPercentage: money.MustParse("30"), DepositDaysDue: 3},
	} {
		c.terms = append(c.terms, s.AddPaymentTerms(t).ID)
	}
	c.window = s.AddPreorderWindow(shop.PreorderWindow{Name: "Spring drop"}).ID
	group := s.AddCustomerGroup(shop.CustomerGroup{Name: "Wholesale"}).ID
	c.stock(s)
	for n, b := range buyers {
		customer := c.customer(n, b, group)
		customer.Created = at.AddDate(0, 0, -5*(len(buyers)-n))
		c.customers = append(c.customers, s.AddCustomer(customer))
	}
	return c
}

// stock adds five ranges of sixteen articles, each in two or more variants.
func (c *catalogue) stock(s *shop.Shop) {
	for r, line := range ranges {
		category := s.AddCategory(shop.Category{Name: line, Active: true}).ID
		for a, art := range articles {
			product := shop.Product{
				Code: fmt.Sprintf("%s-%02d", line[:3], a), Name: line + " " + art.name, Active: true, CategoryIDs: []string{category},
				VariantOptions: []string{"Colour", "Size"},
			}
			for v := range 2 + (a+r)%3 {
				sku := fmt.Sprintf("%s-%02d-%d", line[:3], a, v)
				product.Variants = append(product.Variants, shop.Variant{
					SKU: sku, Options: map[string]string{"Colour": colours[v%len(colours)], "Size": sizes[v%len(sizes)]},
					UnitPrice: c.price(art, r, v), TaxRateID: c.rates[art.tax], OnHand: 100000, Backorder: true,
				})
				c.skus = append(c.skus, sku)
			}
			s.AddProduct(product)
		}
	}
}

// price makes ranges and sizes differ: each step adds a tenth of the price, cut to the decimals the article's price has.
func (c *catalogue) price(a article, r, v int) money.Decimal {
	base := money.MustParse(a.price)
	more := times(base, money.MustParse(fmt.Sprintf("1.%d", (r+v)%10)))
	return more.Trunc(max(base.Scale(), 2))
}

// customer makes the n-th customer.
func (c *catalogue) customer(n int, b buyer, group string) shop.Customer {
	out := shop.Customer{
		CompanyName: b.name, Reference: fmt.Sprintf("C%04d", n+1), Phone: fmt.Sprintf("+44 1632 960%03d", n), EmailAddresses: mailboxes(n),
		TaxNumber: taxNumber(b.country, n), Addresses: []shop.Address{b.address(n)}, PaymentTermsID: c.terms[n%len(c.terms)],
		CustomerGroupID: group, PriceListID: c.lists[b.currency(n)],
	}
	if box := out.EmailAddresses.Orders; box != "" {
		out.Buyers = []shop.Buyer{{Name: "Buyer " + out.Reference, EmailAddress: fmt.Sprintf("Login.%d@example.com", n)}}
	}
	if n%6 == 2 { // goods go somewhere else
		second := b.address(n + 1)
		second.Line1 = fmt.Sprintf("Warehouse %d, Dock Road", n)
		out.Addresses = append(out.Addresses, second)
	}
	return out
}

// currency is what the buyer is charged in; every third domestic buyer pays the list prices, which need no price list.
func (b buyer) currency(n int) string {
	switch b.country {
	case "GB":
		if n%3 == 0 {
			return ""
		}
		return "GBP"
	case "US":
		return "USD"
	case "JP":
		return "JPY"
	}
	return "EUR"
}
