package report

import (
	"strings"
	"unicode/utf8"
)

// Table is a table of text. The first column is flushed left, the others right.
type Table struct {
	Header []string
	Rows   [][]string
}

// text returns the table in columns, with links reduced to their text.
func (t Table) text() string {
	if len(t.Rows) == 0 {
		return ""
	}
	var lines [][]string
	widths := make([]int, len(t.Header))
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		var line []string
		for i, cell := range row {
			cell = withoutLinks(cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			line = append(line, cell)
		}
		lines = append(lines, line)
	}
	var out strings.Builder
	for _, line := range lines {
		for i, cell := range line {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				out.WriteString(cell + padding)
				continue
			}
			out.WriteString("  " + padding + cell)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// markdown returns the table in GitHub's Markdown.
func (t Table) markdown() string {
	var out strings.Builder
	writeRow(&out, t.Header)
	out.WriteString("|---" + strings.Repeat("|--:", len(t.Header)-1) + "|\n")
	for _, row := range t.Rows {
		writeRow(&out, row)
	}
	return out.String()
}

func writeRow(out *strings.Builder, cells []string) {
	for _, cell := range cells {
		out.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
	}
	out.WriteString("|\n")
}

// Link returns a Markdown link.
func Link(text, url string) string { return "[" + text + "](" + url + ")" }

// withoutLinks reduces the links that [Link] made to their text.
func withoutLinks(cell string) string {
	for {
		before, rest, opened := strings.Cut(cell, "[")
		text, rest, middle := strings.Cut(rest, "](")
		_, after, closed := strings.Cut(rest, ")")
		if !opened || !middle || !closed {
			return cell
		}
		cell = before + text + after
	}
}
