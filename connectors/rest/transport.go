package rest

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// readTransport keeps a few connections for the next read. HTTP/2 is left out: it repeats refused streams by itself.
func readTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		IdleConnTimeout:        20 * time.Second,
		MaxIdleConns:           4,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: 256 << 10,
		Protocols:              &protocols,
	}
}

// NewTransport makes the transport for requests that must leave at most once: it keeps no connections, so that net/http
// finds nothing to repeat. It neither follows redirects nor speaks HTTP/2.
func NewTransport() http.RoundTripper { return writeTransport() }

// writeTransport opens a connection for every request. A connection that was kept may be closed by the server just when a
// write leaves; net/http would repeat what it believes unsent, and what it does not repeat would be unknown for no reason.
func writeTransport() *http.Transport {
	t := readTransport()
	t.DisableKeepAlives = true
	return t
}
