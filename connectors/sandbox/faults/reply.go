package faults

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// record keeps a reply instead of sending it.
type record struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the header to be.
func (k *record) Header() http.Header { return k.header }

// WriteHeader keeps the first status.
func (k *record) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

// Write keeps a part of the body.
func (k *record) Write(p []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(p)
}

// begin sends status and header of a kept reply, saying how long the body is or, for length below 0, not.
func (s *stroke) begin(kept *record, length int) {
	maps.Copy(s.w.Header(), kept.header)
	s.w.Header().Del("Content-Length")
	if length >= 0 {
		s.w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	kept.WriteHeader(http.StatusOK) // a handler that wrote nothing meant 200
	s.w.WriteHeader(kept.status)
}

// send writes a part of the body so that it leaves at once, and reports false if the client has hung up.
func (s *stroke) send(part []byte) bool {
	_, err := s.w.Write(part)
	_ = http.NewResponseController(s.w).Flush() // a broken connection shows with the next write
	return err == nil && s.r.Context().Err() == nil
}

// truncate sends half of what it promised. A reply without a body breaks before its header.
func (s *stroke) truncate(kept *record) {
	if kept.body.Len() == 0 {
		s.reset()
		return
	}
	s.begin(kept, kept.body.Len())
	s.send(kept.body.Bytes()[:kept.body.Len()/2])
	panic(http.ErrAbortHandler)
}

// endlessParts are what an endless reply goes on with after its beginning.
var endlessParts = []struct{ begin, part string }{
	{"", " \n"}, {`{"data":[{}`, ",{}"}, {"[null", ", null"},
}

// goOn sends a reply that never ends: most of the time slowly, so that the client's patience ends it, and sometimes so fast
// that only a bound on its size does.
func (s *stroke) goOn(kept *record) {
	form := endlessParts[s.rng.IntN(len(endlessParts))]
	begin, times, wait := form.begin, 64, 500*time.Millisecond
	if begin == "" {
		begin = kept.body.String() // the right reply, and then blanks
	}
	if s.rng.IntN(8) == 0 {
		times, wait = 32<<10, 0
	}
	if kept.status == http.StatusNoContent {
		kept.status = http.StatusOK // 204 cannot have a body
	}
	s.begin(kept, -1)
	part := bytes.Repeat([]byte(form.part), times)
	for until := time.Now().Add(patience); s.send([]byte(begin)) && time.Now().Before(until); {
		if wait > 0 && !s.pause(wait) {
			break
		}
		begin = string(part)
	}
	panic(http.ErrAbortHandler)
}

// dribble sends the right reply in small parts, the first of them after a pause.
func (s *stroke) dribble(kept *record, total time.Duration) {
	body := kept.body.Bytes()
	parts := min(max(len(body), 1), 4+s.rng.IntN(13))
	every := total / time.Duration(parts)
	length := len(body)
	if kept.status == http.StatusNoContent {
		length = -1
	}
	for i := range parts {
		if !s.pause(every) {
			panic(http.ErrAbortHandler)
		}
		if i == 0 {
			s.begin(kept, length)
		}
		if length > 0 && !s.send(body[length*i/parts:length*(i+1)/parts]) {
			panic(http.ErrAbortHandler)
		}
	}
}

// fail answers with an error status and what gateways, frameworks and load balancers put into the body.
func (s *stroke) fail(status int) {
	if status == http.StatusTooManyRequests {
		wait := time.Duration(1+s.rng.IntN(90)) * time.Second
		switch s.rng.IntN(3) {
		case 0:
			s.w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)))
		case 1:
			s.w.Header().Set("Retry-After", time.Now().Add(wait).UTC().Format(http.TimeFormat))
		}
	}
	switch s.rng.IntN(3) {
	case 0:
		s.write(status, "text/html", "")
	case 1:
		s.write(status, "text/html; charset=utf-8", page(status))
	default:
		s.write(status, "application/json; charset=utf-8", `{"code":"unexpected","message":"Something went wrong"}`)
	}
}

// unauthorized answers as Orderspace does to a token that is no good.
func (s *stroke) unauthorized() {
	s.w.Header().Set("Www-Authenticate", `Bearer realm="Orderspace", error="invalid_token", error_description="The access token expired"`)
	s.write(http.StatusUnauthorized, "text/html", "")
}

// loseCursor asks the vendor for the page after a record that does not exist, and has its answer name the one that does.
func (s *stroke) loseCursor() {
	name := cursorOf(s.r)
	lost := s.r.Clone(s.r.Context())
	query := lost.URL.Query()
	cursor := query.Get(name)
	gone := cursor + "gone"
	query.Set(name, gone)
	lost.URL.RawQuery = query.Encode()
	lost.RequestURI = lost.URL.RequestURI()
	kept := s.carryOut(lost)
	body := bytes.ReplaceAll(kept.body.Bytes(), []byte(gone), []byte(cursor))
	s.begin(kept, len(body))
	s.send(body)
}

// write answers with a body of its own.
func (s *stroke) write(status int, kind, body string) {
	s.w.Header().Set("Content-Type", kind)
	s.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	s.w.WriteHeader(status)
	s.send([]byte(body))
}

// page is what a proxy shows to people.
func page(status int) string {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return "<!DOCTYPE html>\n<html><head><title>" + title + "</title></head>\n<body><center><h1>" + title + "</h1></center><hr></body></html>\n"
}
