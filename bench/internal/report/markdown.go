package report

import (
	"errors"
	"fmt"
	"strings"
)

// The markers enclose the part of a Markdown file that [Run.Update] owns.
const (
	begin = "<!-- bench:http -->"
	end   = "<!-- /bench:http -->"
)

// newFile is what Update makes of a file that is empty.
const newFile = "# Benchmarks\n\n" + begin + "\n" + end + "\n"

// Markdown returns the table, with the chart above it when chart, the path of
// an image, is not empty, and with what it takes to make it again below.
func (r *Run) Markdown(chart string) string {
	var out strings.Builder
	if chart != "" {
		fmt.Fprintf(&out, "![The table below as a bar chart](%s)\n\n", chart)
	}
	writeRow(&out, header)
	out.WriteString("|---" + strings.Repeat("|--:", len(header)-1) + "|\n")
	for _, cells := range r.cells() {
		writeRow(&out, cells)
	}
	fmt.Fprintf(&out, "\n%s\n\n```sh\n%s\n```\n", r.method(), r.Command)
	return out.String()
}

func writeRow(out *strings.Builder, cells []string) {
	for _, cell := range cells {
		out.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
	}
	out.WriteString("|\n")
}

// Update returns a Markdown file with the part between the markers replaced by
// the run. An empty file becomes one with a heading; a file without the
// markers is an error, for nothing says where the table should be.
func (r *Run) Update(file, chart string) (string, error) {
	if strings.TrimSpace(file) == "" {
		file = newFile
	}
	before, rest, found := strings.Cut(file, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", errors.New("it has no place for the table: add the lines " + begin + " and " + end)
	}
	return before + begin + "\n" + r.Markdown(chart) + end + after, nil
}
