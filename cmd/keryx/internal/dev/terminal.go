package dev

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
)

// terminal is where `keryx dev` and the app write.
type terminal struct {
	stdout, stderr io.Writer
	colors         bool
}

func newTerminal(stdout, stderr *os.File) *terminal {
	info, err := stderr.Stat()
	return &terminal{stdout, stderr, err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == ""}
}

const (
	green = "\x1b[32m"
	red   = "\x1b[31m"
	plain = "\x1b[0m"
)

// say writes one line.
func (t *terminal) say(format string, args ...any) { t.write(green, fmt.Sprintf(format, args...), "") }

// fail writes a title and, below it, a text that is left as it is: terminals make links
// of file:line at the begin of a line.
func (t *terminal) fail(title, text string) { t.write(red, title, text) }

func (t *terminal) write(color, title, text string) {
	line := "keryx dev: " + title
	if t.colors {
		line = color + line + plain
	}
	if text != "" {
		line += "\n" + strings.TrimRight(text, "\n")
	}
	_, _ = io.WriteString(t.stderr, line+"\n") // there is nobody to tell
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// maxTail is how much of the output of a version is shown when it fails.
const maxTail = 8 << 10

// Write implements [io.Writer].
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - maxTail; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// String returns the last lines, without colors.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := t.text
	if len(text) == maxTail {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return strings.TrimSpace(string(escapes.ReplaceAll(text, nil)))
}
