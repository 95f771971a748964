package command

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// stage shows what goes on: lines that stay, and one line of progress that changes in place on a terminal and is repeated
// every few seconds elsewhere.
type stage struct {
	out      io.Writer
	terminal bool
	shown    bool // a line of progress stands on the terminal
	last     time.Time
}

func newStage(out io.Writer) *stage {
	file, ok := out.(*os.File)
	return &stage{out: out, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// clear takes the line of progress away.
func (s *stage) clear() {
	if s.shown {
		fmt.Fprint(s.out, "\r\033[K")
		s.shown = false
	}
}

// say writes a line that stays.
func (s *stage) say(format string, args ...any) {
	s.clear()
	fmt.Fprintf(s.out, format+"\n", args...)
}

// progress writes the line that changes.
func (s *stage) progress(format string, args ...any) {
	switch {
	case s.terminal:
		fmt.Fprintf(s.out, "\r\033[K"+format, args...)
		s.shown = true
	case time.Since(s.last) >= 5*time.Second:
		s.last = time.Now()
		fmt.Fprintf(s.out, format+"\n", args...)
	}
}
