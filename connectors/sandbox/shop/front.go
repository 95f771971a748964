package shop

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// front is what every request passes: headers, count, limit, log.
func (s *Shop) front(routes *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		requestID := s.mint.requestID()
		s.mu.Unlock()
		standardHeaders(w.Header(), requestID)
		w.Header().Set("Date", s.now().Format(http.TimeFormat))
		metered := s.opts.Unmetered == nil || !s.opts.Unmetered(r)
		if metered && !s.limit.admit() {
			// The documents name the status and nothing else; no reply with 429 was ever recorded.
			writeEmpty(w, http.StatusTooManyRequests)
			s.opts.Logger.DebugContext(r.Context(), "request refused", "method", r.Method, "request_id", requestID)
			return
		}
		seen := &statusWriter{ResponseWriter: w}
		routes.ServeHTTP(seen, r)
		route := strings.TrimPrefix(r.Pattern, r.Method+" ")
		s.limit.saw(r.Method + " " + route)
		s.opts.Logger.DebugContext(r.Context(), "request answered",
			"method", r.Method, "route", route, "status", seen.status, "request_id", requestID)
	})
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers and passes on.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// standardHeaders are on every recorded reply. None tells about the limit.
func standardHeaders(h http.Header, requestID string) {
	h.Set("Server", "nginx")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("X-Xss-Protection", "1; mode=block")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Download-Options", "noopen")
	h.Set("X-Permitted-Cross-Domain-Policies", "none")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("X-Request-Id", requestID)
	h.Set("X-Runtime", "0.012345")
	h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
}

// writeRecords answers 200 with the recorded caching headers.
func writeRecords(w http.ResponseWriter, body []byte) {
	sum := sha256.Sum256(body)
	w.Header().Set("Etag", `W/"`+hex.EncodeToString(sum[:16])+`"`)
	w.Header().Set("Cache-Control", "max-age=0, private, must-revalidate")
	writeJSON(w, http.StatusOK, body)
}

// writeJSON answers with a JSON body.
func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// An error means that the client has gone; nobody is left to tell.
	_, _ = w.Write(body) //nolint:gosec // JSON, and said to be: no browser takes it for a page
}

// writeMessage answers with the documented error body.
func writeMessage(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, mustMarshal(map[string]string{"message": message}))
}

// writeEmpty answers without a body, as the live API does for 400 and 401, whatever the documents say.
func writeEmpty(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

// writeNoSuchPage answers for a path that does not exist.
func writeNoSuchPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(noSuchPage)))
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(noSuchPage)) // the client has gone; nobody is left to tell
}

const noSuchPage = `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Page Not Found</title>
  <style>
    body { background: #f7f7f7; color: #333; font-family: sans-serif; text-align: center; }
    main { margin: 8em auto 0; max-width: 30em; }
  </style>
</head>
<body>
  <main>
    <h1>Page Not Found</h1>
    <p>You may have mistyped the address or the page may have moved.</p>
  </main>
</body>
</html>
`
