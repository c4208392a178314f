package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

// table is rows of cells, the first of them the header.
type table [][]string

// write aligns the columns. An empty cell is a dash, and signs that cannot be
// printed are escaped, so that a row stays a row.
func (t table) write(w io.Writer) error {
	aligned := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range t {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(aligned, "\t")
			}
			fmt.Fprint(aligned, printable(cell))
		}
		fmt.Fprint(aligned, "\n")
	}
	return aligned.Flush()
}

func printable(cell string) string {
	if cell == "" {
		return "-"
	}
	if strings.ContainsFunc(cell, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(cell)
	}
	return cell
}
