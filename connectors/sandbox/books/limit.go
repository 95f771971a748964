package books

import (
	"time"
)

// span is the length of the sliding window that requests are counted in.
const span = time.Minute

// window is a sliding-window limit per address. It also remembers the most requests that ever fell into one window.
type window struct {
	limit    int // below 0: no limit
	admitted map[string][]time.Time
	arrived  map[string][]time.Time
	most     int
}

// admit counts a request; when it is one too many it tells after how many whole seconds the next would be admitted.
// Refused requests do not prolong the wait.
func (w *window) admit(key string, now time.Time) (wait int, ok bool) {
	if w.admitted == nil {
		w.admitted, w.arrived = map[string][]time.Time{}, map[string][]time.Time{}
	}
	w.arrived[key] = append(recent(w.arrived[key], now), now)
	w.most = max(w.most, len(w.arrived[key]))
	if w.limit < 0 {
		return 0, true
	}
	in := recent(w.admitted[key], now)
	if len(in) >= w.limit {
		w.admitted[key] = in
		left := span - now.Sub(in[len(in)-w.limit])
		return max(1, int((left+time.Second-1)/time.Second)), false
	}
	w.admitted[key] = append(in, now)
	return 0, true
}

// recent drops what is a full window old. A clock that was turned back leaves times in the future; they still count.
func recent(times []time.Time, now time.Time) []time.Time {
	first := 0
	for first < len(times) && now.Sub(times[first]) >= span {
		first++
	}
	return times[first:]
}
