package orderspace

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"spacebridge/mapping/trade"
)

// object opens an object level by level, as plain as encoding/json allows: of keys that stand twice the last counts.
func object(raw []byte) (fields map[string]json.RawMessage) {
	_ = json.Unmarshal(raw, &fields)
	return fields
}

func plainText(raw []byte) string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	_ = decoder.Decode(&value)
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return strings.TrimSuffix(value.String(), ".0")
	default:
		return ""
	}
}

func plainID(raw []byte) string {
	id := plainText(raw)
	visible := func(r rune) bool {
		return r != utf8.RuneError && unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Zs, r)
	}
	if len(id) > MaxID || strings.Trim(id, ".") == "" || strings.ContainsFunc(id, func(r rune) bool { return !visible(r) }) {
		return ""
	}
	return id
}

// plainEvent reads an event without a thought for speed.
func plainEvent(raw []byte) Event {
	fields := object(raw)
	event := Event{Use: UseUnreadable}
	var name string
	_ = json.Unmarshal(fields["event"], &name)
	for _, known := range EventNames() {
		if name == known {
			event.Name = known
		}
	}
	subject, verb, _ := strings.Cut(event.Name, ".")
	record := object(object(fields["data"])[subject])
	hint := Hint{Kind: trade.Kind(subject), ID: plainID(record["id"]), New: verb == "created", Deleted: verb == "deleted"}
	var orders []string
	switch subject {
	case "":
		return event
	case "product", "inventory_level":
		event.Use = UseNone
		return event
	case "payment":
		hint = Hint{Kind: trade.KindInvoice, ID: plainID(record["invoice_id"])}
	case "invoice":
		var list []json.RawMessage
		_ = json.Unmarshal(record["orders"], &list)
		for _, order := range list[:min(len(list), maxRelated)] {
			orders = append(orders, plainID(object(order)["id"]))
		}
		paid, proforma := string(record["paid"]), string(record["proforma"])
		switch blankFlag := proforma == "" || proforma == "null" || proforma == `""` || proforma == "false"; {
		case hint.Deleted:
		case (paid == "true" || paid == "false") && proforma == "true":
			hint.Status = InvoiceProforma
		case paid == "true" && blankFlag:
			hint.Status = InvoicePaid
		case paid == "false" && blankFlag:
			hint.Status = InvoiceUnpaid
		}
	case "dispatch":
		orders = []string{plainID(record["order_id"])}
	default:
		if status := plainText(record["status"]); !hint.Deleted && len(status) <= maxStatus {
			hint.Status = status
		}
	}
	if hint.ID == "" {
		return event
	}
	event.Use, event.Hints = UseRead, []Hint{hint}
	for _, id := range orders {
		if id != "" {
			event.Hints = append(event.Hints, Hint{Kind: trade.KindOrder, ID: id})
		}
	}
	return event
}

// FuzzParseEvents: whatever comes, it is read as encoding/json reads it level by level; every event keeps its place, and
// no id is longer than may be.
func FuzzParseEvents(f *testing.F) {
	f.Add(fixture(f, "events.json"))
	for _, c := range strange {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := ParseEvents(body)
		var list []json.RawMessage
		if json.Unmarshal(body, &list) != nil || list == nil || len(list) > MaxEvents {
			if err == nil || events != nil {
				t.Fatal("what is no list of events was read")
			}
			return
		}
		if err != nil || len(events) != len(list) {
			t.Fatalf("%d events in %d places, %v", len(events), len(list), err)
		}
		for i, event := range events {
			for h, hint := range event.Hints {
				if hint.ID == "" || len(hint.ID) > MaxID {
					t.Fatalf("event %d names %q", i, hint.ID)
				}
				if year := hint.Created.Year(); year != 1 && (year < 2000 || year > 2999) {
					t.Fatalf("event %d is of the year %d", i, year)
				}
				event.Hints[h].Created = time.Time{} // the forms of time have tests of their own
			}
			if want := plainEvent(list[i]); !reflect.DeepEqual(want, event) {
				t.Fatalf("event %d\n got %+v\nwant %+v", i, event, want)
			}
		}
	})
}
