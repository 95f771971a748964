package faults

import (
	"io"
	"net/http"
)

// replyBody is the client's end of an exchange.
type replyBody exchange

// Read gives the next bytes of the reply.
func (b *replyBody) Read(p []byte) (int, error) {
	e := (*exchange)(b)
	if err := e.lost(); err != nil {
		return 0, err
	}
	if len(e.left) == 0 {
		select {
		case e.left = <-e.parts:
		case <-e.over:
			if e.broken {
				return 0, io.ErrUnexpectedEOF
			}
			return 0, io.EOF
		case <-e.gone:
			return 0, e.lost()
		case <-e.clientCtx.Done():
			return 0, e.lost()
		}
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

// Close hangs up.
func (b *replyBody) Close() error {
	(*exchange)(b).hangUp(http.ErrBodyReadAfterClose)
	return nil
}
