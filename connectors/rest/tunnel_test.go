package rest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// secured runs a vendor behind TLS that also offers HTTP/2, and gives a write transport that trusts it.
func secured(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *http.Transport) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := writeTransport()
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	return server, transport
}

// HTTP/2 repeats a stream that was refused, or that a closing server did not get to; so it is not spoken, also to a server
// that offers it.
func TestWritesAndReadsSpeakHTTP1(t *testing.T) {
	var versions []string
	server, writes := secured(t, func(w http.ResponseWriter, r *http.Request) {
		versions = append(versions, r.Proto+" "+r.TLS.NegotiatedProtocol)
		answer(200, asJSON, "{}")(w, r)
	})
	reads := readTransport()
	reads.TLSClientConfig.RootCAs = writes.TLSClientConfig.RootCAs
	for _, transport := range []*http.Transport{writes, reads} {
		client := newClient(t, server.URL, func(o *Options) { o.Transport = transport })
		require.NoError(t, client.Write(t.Context(), Request{Method: http.MethodPost, Route: "/things", Body: 1}, nil))
		require.NoError(t, client.Read(t.Context(), Request{Route: "/things"}, nil))
	}
	require.Len(t, versions, 4)
	for _, version := range versions {
		require.Contains(t, []string{"HTTP/1.1 http/1.1", "HTTP/1.1 "}, version)
	}
}

// A proxy that refuses the tunnel, and a handshake that fails, have not let the request through.
func TestWriteThatNeverGotThroughWasNotSent(t *testing.T) {
	var hits atomic.Int32
	server, transport := secured(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		answer(200, asJSON, "{}")(w, r)
	})
	post := Request{Method: http.MethodPost, Route: "/things", Body: map[string]int{"n": 1}}
	for name, handle := range map[string]func(net.Conn){
		"refuses":         say("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
		"wants a name":    say("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"),
		"closes":          sayAndClose(""),
		"opens, closes":   sayAndClose("HTTP/1.1 200 OK\r\n\r\n"),
		"opens, talks on": sayAndClose("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
	} {
		t.Run("a proxy that "+name, func(t *testing.T) {
			proxy := onWire(t, false, handle)
			through := transport.Clone()
			through.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: proxy.Addr().String()})
			err := newClient(t, server.URL, func(o *Options) { o.Transport = through }).Write(t.Context(), post, nil)
			require.Equal(t, NotSent, ClassOf(err), "%v", err)
			require.EqualValues(t, 1, proxy.conns.Load())
		})
	}
	t.Run("a handshake that breaks off", func(t *testing.T) {
		vendor := onWire(t, true, sayAndClose("HTTP/1.1 400 Bad Request\r\n\r\n"))
		err := newClient(t, "https://"+vendor.Addr().String(), nil).Write(t.Context(), post, nil)
		require.Equal(t, NotSent, ClassOf(err), "%v", err)
		require.EqualValues(t, 1, vendor.conns.Load())
	})
	t.Run("a vendor that speaks only what is too old", func(t *testing.T) {
		old := httptest.NewUnstartedServer(http.NotFoundHandler())
		old.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
		old.StartTLS()
		defer old.Close()
		require.Equal(t, NotSent, ClassOf(newClient(t, old.URL, func(o *Options) { o.Transport = transport }).Write(t.Context(), post, nil)))
	})
	require.Zero(t, hits.Load())
	t.Run("a proxy that lets it through", func(t *testing.T) {
		proxy := httptest.NewServer(http.HandlerFunc(tunnel))
		defer proxy.Close()
		through := transport.Clone()
		to, err := url.Parse(proxy.URL)
		require.NoError(t, err)
		through.Proxy = http.ProxyURL(to)
		require.NoError(t, newClient(t, server.URL, func(o *Options) { o.Transport = through }).Write(t.Context(), post, nil))
		require.EqualValues(t, 1, hits.Load())
	})
}

// tunnel is an honest proxy.
func tunnel(w http.ResponseWriter, r *http.Request) {
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
	_, _ = io.Copy(here, there)
}
