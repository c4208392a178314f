package console

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

// Table is rows of cells. The first row is the header.
type Table [][]string

// Write writes the rows with aligned columns. An empty cell is a dash; one with
// characters that cannot be printed is quoted, so that it stays on its line.
func (t Table) Write(w io.Writer) error {
	aligned := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range t {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(aligned, "\t")
			}
			fmt.Fprint(aligned, Printable(cell))
		}
		fmt.Fprint(aligned, "\n")
	}
	return aligned.Flush()
}

// Printable returns text as a cell of a table.
func Printable(text string) string {
	if text == "" {
		return "-"
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
