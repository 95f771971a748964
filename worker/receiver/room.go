package receiver

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Bodies are read into pieces of memory that grow with what has arrived, so that a sender holds at most eight times what
// it has sent: announcing megabytes and sending nothing takes nothing away.
const (
	firstPiece = 16 << 10
	growth     = 4
	smallBody  = 256 << 10   // nearly every request fits: 50 events of 1.5 KB are 75 KB
	growTime   = time.Second // waiting for more while holding some, and so keeping others waiting
)

// Why a body could not be read.
var (
	errTooLarge = errors.New("body is too large")
	errNoRoom   = errors.New("no room for the body")
)

// room bounds the memory that bodies take together. Half is for those that announce that they are small, so that large
// ones never keep them waiting; either half holds the largest body while it moves from one piece to the next.
type room struct {
	small, large *semaphore.Weighted
	max          int64 // of one body
	taken        atomic.Int64
	tell         func(bytes int64) // how much is taken
}

func newRoom(maxBody int64, tell func(int64)) *room {
	return &room{small: semaphore.NewWeighted(2 * maxBody), large: semaphore.NewWeighted(2 * maxBody), max: maxBody, tell: tell}
}

// piece is memory that was granted. It is given back once.
type piece struct {
	room *room
	from *semaphore.Weighted
	size int64
}

// take waits for memory until ctx ends.
func (r *room) take(ctx context.Context, from *semaphore.Weighted, size int64) (*piece, error) {
	if from.Acquire(ctx, size) != nil {
		return nil, errNoRoom
	}
	r.tell(r.taken.Add(size))
	return &piece{room: r, from: from, size: size}, nil
}

// giveBack ends the use of the memory; the caller drops it as well.
func (p *piece) giveBack() {
	if p == nil || p.from == nil {
		return
	}
	p.room.tell(p.room.taken.Add(-p.size))
	p.from.Release(p.size)
	p.from = nil
}

// read reads a whole body; announced is its length, -1 when it is not known. The piece that it lies in is the caller's to
// give back. Errors: errTooLarge, errNoRoom when there was no room in time, and those of the body.
func (r *room) read(ctx context.Context, from io.Reader, announced int64) (body []byte, held *piece, err error) {
	end, half := r.max+1, r.large // one more than may be, to see that it is too large
	switch {
	case announced > r.max:
		return nil, nil, errTooLarge
	case announced >= 0 && announced <= smallBody:
		end, half = announced, r.small
	case announced >= 0:
		end = announced
	}
	patience := roomTime
	for size, ended := min(end, firstPiece), false; ; size *= growth {
		if size > end/2 {
			size = end
		}
		waiting, stop := context.WithTimeout(ctx, patience)
		larger, err := r.take(waiting, half, min(size, r.max))
		stop()
		if err == nil {
			body = append(make([]byte, 0, size), body...)
			held.giveBack()
			held = larger
			body, ended, err = fill(body, from)
		}
		if err == nil && int64(len(body)) > r.max {
			err = errTooLarge
		}
		if err != nil {
			held.giveBack()
			return nil, nil, err
		}
		if ended || size == end {
			return body, held, nil
		}
		patience = growTime
	}
}

// fill reads until the capacity of body is used up or from has ended.
func fill(body []byte, from io.Reader) (filled []byte, ended bool, err error) {
	for len(body) < cap(body) {
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			return body, true, nil
		}
		if err != nil {
			return body, false, err
		}
	}
	return body, false, nil
}
