package orderspace

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
)

// sign is the reference's recipe: Base64.strict_encode64(OpenSSL::HMAC.digest('sha256', signing_key, request_payload)).
func sign(body []byte, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestVerifySignature(t *testing.T) {
	body := []byte(`[{"event":"order.created","data":{"order":{"id":"or_1"}}}]`)
	good := sign(body, "new")
	require.Equal(t, "XZi0XJCiB/qZjOY5/qbwLsyMw/Nv74HWlPuFa00KKMo=", sign([]byte("payload"), "key"))
	for _, c := range []struct {
		name   string
		body   []byte
		header string
		keys   []string
		want   bool
	}{
		{"right key", body, good, []string{"new"}, true},
		{"one of several", body, good, []string{"old", "new"}, true},
		{"first of several", body, good, []string{"new", "old"}, true},
		{"blanks around", body, " " + good + "\n", []string{"new"}, true},
		{"wrong key", body, good, []string{"old"}, false},
		{"no key", body, good, nil, false},
		{"empty key", body, sign(body, ""), []string{""}, false},
		{"changed body", append([]byte(" "), body...), good, []string{"new"}, false},
		{"no header", body, "", []string{"new"}, false},
		{"half a header", body, good[:20], []string{"new"}, false},
		{"without padding", body, good[:43], []string{"new"}, false},
		{"not base64", body, "!" + good[1:], []string{"new"}, false},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, VerifySignature(c.body, c.header, c.keys...)) })
	}
}
