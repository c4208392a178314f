package dashboard

import (
	"fmt"
	"html"
	"strings"
)

// markup is HTML that is written piece by piece. It takes the place of html/template,
// which would make the linker keep all methods of all types: 10 MB in the chat.
type markup struct{ strings.Builder }

// write writes HTML. Each %s stands for one of the texts, which is escaped: as text, or
// as the value of an attribute in double quotes.
func (m *markup) write(format string, texts ...string) {
	escaped := make([]any, len(texts))
	for i, t := range texts {
		escaped[i] = html.EscapeString(t)
	}
	fmt.Fprintf(m, format, escaped...)
}

// list writes texts with commas between them.
func (m *markup) list(texts []string) { m.write("%s", strings.Join(texts, ", ")) }

// code writes a block of code that can be scrolled by keyboard.
func (m *markup) code(label, text string) {
	m.write("<pre class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><code>%s</code></pre>\n", label, text)
}
