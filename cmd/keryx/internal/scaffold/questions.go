package scaffold

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// questions asks a person. A silent one takes the defaults.
type questions struct {
	in     io.Reader
	out    io.Writer
	silent bool

	lines *bufio.Reader
}

// text asks for a text, again until check accepts it. A nil check accepts all.
func (q *questions) text(question, initial string, check func(string) error) (string, error) {
	if q.silent {
		return initial, nil
	}
	for {
		answer, err := q.ask(fmt.Sprintf("%s [%s]: ", question, initial))
		if err != nil {
			return "", err
		}
		if answer == "" {
			answer = initial
		}
		if check == nil {
			return answer, nil
		}
		if err := check(answer); err == nil {
			return answer, nil
		} else if _, err := fmt.Fprintln(q.out, err); err != nil {
			return "", err
		}
	}
}

// yes asks whether something is wanted; it is by default.
func (q *questions) yes(question string) (bool, error) {
	if q.silent {
		return true, nil
	}
	for {
		answer, err := q.ask(question + " [Y/n]: ")
		if err != nil {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "", "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// ask returns the next line. The end of the input is an error.
func (q *questions) ask(prompt string) (string, error) {
	if q.lines == nil {
		q.lines = bufio.NewReader(q.in)
	}
	if _, err := io.WriteString(q.out, prompt); err != nil {
		return "", err
	}
	line, err := q.lines.ReadString('\n')
	if errors.Is(err, io.EOF) && line == "" {
		return "", errors.New("no answer; --yes takes the defaults")
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimSpace(line), err
}
