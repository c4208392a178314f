package keryxtest

import (
	"regexp"
	"strings"
)

// transcript is a conversation, a message a line.
type transcript struct{ strings.Builder }

// volatile differs from run to run.
var volatile = regexp.MustCompile(`"timestamp":\d+`)

func (t *transcript) sent(text string) { t.line("> ", text) }
func (t *transcript) received(text string) {
	t.line("< ", volatile.ReplaceAllString(text, `"timestamp":0`))
}
func (t *transcript) ended(err error) { t.line("- ", err.Error()) }

func (t *transcript) line(mark, text string) {
	t.WriteString(mark + strings.ReplaceAll(text, "\n", " ") + "\n")
}
