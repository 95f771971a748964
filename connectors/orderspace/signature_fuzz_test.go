package orderspace

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// FuzzVerifySignature: accepted is exactly the base64 of what crypto/hmac says of the raw body, blanks around it aside.
// form picks how the right signature is written or spoilt; 0 takes the header as it is.
func FuzzVerifySignature(f *testing.F) {
	f.Add([]byte(`[]`), "key", "AAAA", uint16(0))
	f.Add(fixture(f, "events.json"), "UNxdW7ugYl8PCKjVGkoXkHARkCoFT3eXpdpDsF1s", "", uint16(1))
	f.Add([]byte{}, "", "", uint16(1))
	for form := range uint16(12) {
		f.Add([]byte(`[{"event":"order.created"}]`), "key", " ", form)
	}
	f.Fuzz(func(t *testing.T, body []byte, key, header string, form uint16) {
		right := sign(body, key)
		raw, err := base64.StdEncoding.DecodeString(right)
		if err != nil {
			t.Fatal(err)
		}
		switch form % 12 {
		case 1:
			header = right
		case 2:
			header = " " + right + "\t"
		case 3:
			header = base64.URLEncoding.EncodeToString(raw)
		case 4:
			header = base64.RawStdEncoding.EncodeToString(raw)
		case 5:
			header = hex.EncodeToString(raw)
		case 6:
			header = "sha256=" + right
		case 7:
			header = right + header
		case 8:
			header = strings.ToLower(right)
		case 9: // a single bit
			raw[int(form)%len(raw)] ^= 1 << (form % 8)
			header = base64.StdEncoding.EncodeToString(raw)
		case 10: // the bits that padding leaves over
			header = right[:42] + "B="
		case 11:
			header = right[:int(form)%len(right)]
		}
		// Line ends inside are ignored by encoding/base64; a header of a request has none.
		plain := strings.NewReplacer("\r", "", "\n", "").Replace(strings.TrimSpace(header))
		want := key != "" && plain == right
		if got := VerifySignature(body, header, key); got != want {
			t.Fatalf("%q: %v, want %v", header, got, want)
		}
		if got := VerifySignature(body, header, "", "another"+key, key); got != want {
			t.Fatalf("%q among other keys: %v, want %v", header, got, want)
		}
		if VerifySignature(body, header, "another"+key) {
			t.Fatal("another key matches")
		}
		if want && VerifySignature(append([]byte("x"), body...), header, key) {
			t.Fatal("a changed body matches")
		}
	})
}
