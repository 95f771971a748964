package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// clouds are the events of a storm, written beforehand: of each only a stamp is new.
type clouds struct {
	storm  Storm
	events [][]byte // by order
	stamps []int    // where the stamp is in each
}

// stampWidth is how many digits tell events apart.
const stampWidth = 12

// newClouds writes an event for every order.
func newClouds(s Storm) clouds {
	c := clouds{storm: s}
	stamp := strings.Repeat("0", stampWidth)
	for n, id := range s.IDs {
		name := []string{"order.created", "order.updated", "order.updated"}[n%3]
		event := []byte(fmt.Sprintf(`{"event":"%s","data":{"order":%s}}`, name, stormOrder(n, id, stamp)))
		c.events, c.stamps = append(c.events, event), append(c.stamps, bytes.Index(event, []byte(stamp)))
	}
	return c
}

// stormOrder is an order as events carry it, of about 1.5 KB.
func stormOrder(n int, id, stamp string) string {
	address := `{"company_name":"Storm Test","contact_name":"","line1":"1 Market Street","line2":"","city":"Leeds","state":"","postal_code":"LS1 4DY","country":"GB"}`
	line := func(l, quantity int) string {
		return fmt.Sprintf(`{"id":"ol_storm%05d%d","sku":"STORM-%d","name":"Serving Board","options":"Colour: Oat, Size: Small","shipping":false,"quantity":%d,`+
			`"unit_price":18.5,"sub_total":%d.0,"tax_rate_id":"tr_storm","tax_name":"Standard","tax_rate":20.0,"tax_amount":%d.4,"preorder_window_id":"",`+
			`"on_hold":false,"invoiced":0,"paid":0,"dispatched":0}`, n, l, l, quantity, 37, 7)
	}
	return fmt.Sprintf(`{"id":"%s","number":%d,"created":"2026-01-05T09:30:00Z","status":"new","customer_id":"cu_storm","company_name":"Storm Test",`+
		`"phone":"","email_addresses":{"orders":"","dispatches":"","invoices":""},"created_by":null,"delivery_date":"","reference":"%s","internal_note":"",`+
		`"customer_po_number":"","customer_note":"","standing_order_id":null,"shipping_type":"","shipping_address":%s,"billing_address":%s,`+
		`"order_lines":[%s,%s],"currency":"GBP","net_total":74.0,"gross_total":88.8}`, id, 100000+n, stamp, address, address, line(1, 2), line(2, 2))
}

// write makes the body of the n-th delivery. A transport may still read it after its reply has come, so none is used twice.
func (c clouds) write(n int) []byte {
	buf := make([]byte, 0, c.storm.Events*(len(c.events[0])+64))
	buf = append(buf, '[')
	for i := range c.storm.Events {
		if i > 0 {
			buf = append(buf, ',')
		}
		number := n*c.storm.Events + i
		at := len(buf) + c.stamps[number%c.storm.Orders]
		buf = append(buf, c.events[number%c.storm.Orders]...)
		for digit := at + stampWidth - 1; digit >= at && number > 0; digit-- {
			buf[digit] = byte('0' + number%10)
			number /= 10
		}
	}
	return append(buf, ']')
}

// sent is what came of one delivery.
type sent struct {
	StormDelivery
	status int // 0: no answer
	err    error
	took   time.Duration
	size   int
}

// send makes one delivery.
func (s Storm) send(ctx context.Context, client *http.Client, n int, body []byte) sent {
	out := sent{StormDelivery: StormDelivery{Number: n, Body: sha256.Sum256(body)}, size: len(body)}
	mac := hmac.New(sha256.New, []byte(s.Key))
	_, _ = mac.Write(body) // a hash never fails
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		out.err = err
		return out
	}
	request.GetBody = nil // a delivery is sent once
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Orderspace")
	request.Header.Set("X-Orderspace-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	start := time.Now()
	reply, err := client.Do(request)
	out.took = time.Since(start)
	if err != nil {
		out.err = err
		return out
	}
	out.status = reply.StatusCode
	_, _ = io.Copy(io.Discard, io.LimitReader(reply.Body, 64<<10)) // so that the connection can be used again
	_ = reply.Body.Close()                                         // the status is all that counts
	return out
}

// failure names what became of a delivery that was not answered, in a word.
func failure(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "broken"
	}
	return "other"
}
