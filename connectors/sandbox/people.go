package sandbox

import (
	"fmt"
	"strings"

	"spacebridge/connectors/sandbox/shop"
)

// buyer is one line of the table of customers.
type buyer struct {
	name, country, city, postcode, state string
}

// longName has 200 characters, as many as a shop was ever seen to keep.
var longName = strings.Repeat("Cooperative Society of Independent Village Stores, Bakers and Grocers of the Upper Valleys ", 3)[:199] + "."

// buyers are the merchant's customers. Names stress what shops stress: accents, ampersands, quotes, scripts, length.
var buyers = []buyer{
	{"Hartley & Sons Delicatessen", "GB", "Leeds", "LS1 4DY", ""},
	{"The Corner Pantry", "GB", "Bristol", "BS1 5TR", ""},
	{"O'Brien's Fine Foods", "IE", "Galway", "H91 E2K3", ""},
	{"Müller Feinkost GmbH", "DE", "München", "80331", ""},
	{"Épicerie Dubois SARL", "FR", "Lyon", "69002", ""},
	{"Kavarna Črna Žoga d.o.o.", "SI", "Ljubljana", "1000", ""},
	{"Maple Street Provisions LLC", "US", "Burlington", "05401", "VT"},
	{"Bäckerei Zürcher AG", "CH", "Zürich", "8001", ""},
	{"株式会社みどり商店", "JP", "京都市", "604-8571", ""},
	{"The \"Good\" Larder", "GB", "York", "YO1 7HH", ""},
	{"Harbour Fish & Grocery", "GB", "Whitby", "YO21 3PU", ""},
	{"Nordwind Handel GmbH & Co. KG", "DE", "Hamburg", "20095", ""},
	{"Maison Lefèvre", "FR", "Nantes", "44000", ""},
	{"Trgovina Gorenc s.p.", "SI", "Kranj", "4000", ""},
	{"Prairie Home Goods Inc.", "US", "Omaha", "68102", "NE"},
	{"Dublin Bay Traders Ltd", "IE", "Dublin", "D02 X285", ""},
	{"Käserei Bergblick", "CH", "Bern", "3011", ""},
	{"東京セレクト有限会社", "JP", "東京都", "100-0001", ""},
	{longName, "GB", "Llanidloes", "SY18 6AB", ""},
	{"Penny Lane Cards", "GB", "Liverpool", "L18 1DE", ""},
	{"Weinhaus Schäfer", "DE", "Mainz", "55116", ""},
	{"Les Caves du Midi", "FR", "Montpellier", "34000", ""},
	{"Zadruga Jutro z.o.o.", "SI", "Maribor", "2000", ""},
	{"Bluebird Mercantile", "US", "Portland", "97201", "OR"},
	{"Connemara Crafts", "IE", "Clifden", "H71 YV20", ""},
	{"Gletscher Outdoor AG", "CH", "Chur", "7000", ""},
	{"さくら雑貨店", "JP", "大阪市", "530-0001", ""},
	{"Farm Shop at Long Meadow", "GB", "Hereford", "HR1 2LQ", ""},
	{"Ye Olde Tea Rooms", "GB", "Rye", "TN31 7JY", ""},
	{"Stadtgarten Blumen", "DE", "Köln", "50667", ""},
	{"Brasserie de l'Étoile", "FR", "Strasbourg", "67000", ""},
	{"Hiša Vina", "SI", "Koper", "6000", ""},
	{"Lone Star Kitchen Supply", "US", "Austin", "78701", "TX"},
	{"Cork Street Market", "IE", "Cork", "T12 X8N6", ""},
	{"Seeblick Hotel Betriebs AG", "CH", "Luzern", "6003", ""},
	{"北海道フーズ", "JP", "札幌市", "060-0001", ""},
	{"Two Rivers Bakehouse", "GB", "Shrewsbury", "SY1 1HY", ""},
	{"Castle Hill Wholefoods", "GB", "Edinburgh", "EH1 2NG", ""},
	{"Bioladen Grünzeug e.K.", "DE", "Freiburg", "79098", ""},
	{"Au Bon Marché du Coin", "FR", "Lille", "59800", ""},
	{"Planinska Koča Triglav", "SI", "Bohinj", "4265", ""},
	{"Golden Gate Gift Co.", "US", "San Francisco", "94103", "CA"},
	{"Kilkenny Wool Store", "IE", "Kilkenny", "R95 A2K1", ""},
	{"Papeterie du Lac SA", "CH", "Genève", "1204", ""},
	{"Αθηναϊκή Γωνιά Ltd", "GB", "London", "N22 6BA", ""},
	{"Kelso & Daughters", "GB", "Kelso", "TD5 7HF", ""},
	{"Café Moka; Inh. T. Özdemir", "DE", "Berlin", "10115", ""},
	{"La Petite Fabrique", "FR", "Toulouse", "31000", ""},
	{"Čebelarstvo Noč", "SI", "Celje", "3000", ""},
	{"Great Lakes Outfitters", "US", "Duluth", "55802", "MN"},
	{"Aran Islands Co-op", "IE", "Kilronan", "H91 DT25", ""},
	{"Alpenrose Versand", "CH", "Davos", "7270", ""},
	{"Кафе «Весна» Ltd", "GB", "London", "E8 1EJ", ""},
	{"St. Ives Gallery Shop", "GB", "St Ives", "TR26 1LE", ""},
	{"Rathaus Apotheke", "DE", "Bremen", "28195", ""},
	{"Librairie des Quais", "FR", "Bordeaux", "33000", ""},
	{"Mlekarna Dolina", "SI", "Novo mesto", "8000", ""},
	{"Empire State Deli Supply", "US", "Albany", "12207", "NY"},
	{"Wicklow Garden Centre", "IE", "Bray", "A98 D2R6", ""},
	{"<Tag> & Söhne", "DE", "Ulm", "89073", ""},
}

// taxNumber makes a number of the country's form. US and JP buyers have none, and neither has every fifth of the others.
func taxNumber(country string, n int) string {
	if n%5 == 4 {
		return ""
	}
	digits := 100000000 + n*7654321%899999999
	switch country {
	case "GB":
		return fmt.Sprintf("GB%09d", digits)
	case "IE":
		return fmt.Sprintf("IE%07dWA", digits%10000000)
	case "DE":
		return fmt.Sprintf("DE%09d", digits)
	case "FR":
		return fmt.Sprintf("FR%02d%09d", n%90+10, digits)
	case "SI":
		return fmt.Sprintf("SI%08d", digits%100000000)
	case "CH":
		return fmt.Sprintf("CHE%09d", digits)
	}
	return ""
}

// mailboxes are the buyer's addresses by purpose: none for every ninth, several in one field for every seventh.
func mailboxes(n int) shop.EmailAddresses {
	switch {
	case n%9 == 8:
		return shop.EmailAddresses{}
	case n%7 == 3:
		return shop.EmailAddresses{
			Orders:     fmt.Sprintf("Buying%d@example.com, stock%d@example.com", n, n),
			Dispatches: fmt.Sprintf("goods-in%d@example.com", n),
			Invoices:   fmt.Sprintf("accounts%d@example.com,ap%d@example.org , finance%d@example.net", n, n, n),
		}
	}
	one := fmt.Sprintf("buyer%d@example.com", n)
	return shop.EmailAddresses{Orders: one, Dispatches: one, Invoices: one}
}

// address is where the buyer is. The second line and the contact are there for some.
func (b buyer) address(n int) shop.Address {
	out := shop.Address{
		CompanyName: b.name, Line1: fmt.Sprintf("%d Market Street", n%180+1), City: b.city, State: b.state, PostalCode: b.postcode, Country: b.country,
	}
	if n%3 == 0 {
		out.ContactName = "A. N. Other"
	}
	if n%4 == 1 {
		out.Line2 = "Unit " + string(rune('A'+n%26))
	}
	return out
}

// home reports whether the buyer pays the shop's domestic taxes.
func (b buyer) home() bool { return b.country == "GB" }
