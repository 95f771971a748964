package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// errNoAnswer says that a question was asked and nobody is there to answer.
var errNoAnswer = errors.New("no answer")

// prompter asks questions on stderr and reads answers from stdin: a terminal, or lines of a script.
type prompter struct {
	in       *bufio.Reader
	terminal *os.File // nil when stdin is not a terminal
	// interactive says that a person answers, who can be asked again.
	interactive bool
	out         io.Writer
}

func newPrompter(in io.Reader, out io.Writer) *prompter {
	p := &prompter{in: bufio.NewReader(in), out: out}
	if file, ok := in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.terminal, p.interactive = file, true
	}
	return p
}

// ask reads one line; an empty one takes the default, no line at all is no answer.
func (p *prompter) ask(question, fallback string) (string, error) {
	p.question(question, fallback)
	line, err := p.in.ReadString('\n')
	if p.terminal == nil {
		fmt.Fprintln(p.out) // piped answers bring no line break onto the screen
	}
	return p.answer(question, line, fallback, err)
}

// askSecret reads one line without showing it.
func (p *prompter) askSecret(question string) (string, error) {
	if p.terminal == nil {
		return p.ask(question, "")
	}
	p.question(question, "")
	text, err := term.ReadPassword(int(p.terminal.Fd()))
	fmt.Fprintln(p.out)
	return p.answer(question, string(text), "", err)
}

func (p *prompter) question(question, fallback string) {
	if fallback != "" {
		question += " [" + fallback + "]"
	}
	fmt.Fprint(p.out, question+": ")
}

func (p *prompter) answer(question, line, fallback string, err error) (string, error) {
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read answer: %w", err)
	}
	if text := strings.TrimSpace(line); text != "" {
		return text, nil
	}
	if fallback != "" && err == nil {
		return fallback, nil
	}
	return "", fmt.Errorf("%s: %w", question, errNoAnswer)
}
