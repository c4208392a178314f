package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// header are the columns of the table.
var header = []string{
	"server", "requests/s", "ratio (range)", "p50 ms", "p99 ms", "CPU µs/request",
	"boot ms", "idle RSS MB", "loaded RSS MB", "binary MB",
}

// cells returns the table without its header.
func (r *Run) cells() [][]string {
	var table [][]string
	for _, row := range r.rows() {
		ratio := decimals(row.ratio, 2)
		if !math.IsNaN(row.ratio) && row.name != r.Baseline {
			ratio += fmt.Sprintf(" (%.2f–%.2f)", row.worst, row.best)
		}
		table = append(table, []string{
			row.name, grouped(row.perSecond), ratio, decimals(row.p50, 2), decimals(row.p99, 2), decimals(row.cpu, 1),
			decimals(row.boot, 1), decimals(row.idle, 1), decimals(row.loaded, 1), decimals(row.binary, 1),
		})
	}
	return table
}

// Text returns the table for a terminal, with a line about how it was made.
func (r *Run) Text() string {
	table := append([][]string{header}, r.cells()...)
	widths := make([]int, len(header))
	for _, cells := range table {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, cells := range table {
		for i, cell := range cells {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				out.WriteString(cell + padding)
				continue
			}
			out.WriteString("  " + padding + cell)
		}
		out.WriteByte('\n')
	}
	return out.String() + "\n" + r.method() + "\n"
}

// method says how the numbers were made.
func (r *Run) method() string {
	s, m := r.Settings, r.Machine
	text := fmt.Sprintf("%d cores, %s, %s, Redis %s. %s, servers in turns, %v each after %v of warm-up, "+
		"over %d keep-alive connections on loopback; medians. The ratio is the median of the ratios of requests/s "+
		"to those of %s in the same round, which a noisy machine changes less than the ratio of the medians. "+
		"Boot: from the start of the process to the first answer, %s each. 1 MB is 1,000,000 bytes.",
		m.Cores, m.System, m.Go, m.Redis, count(s.Rounds, "round"), s.Duration, s.Warmup, s.Connections, r.Baseline,
		count(s.Boots, "boot"))
	if r.GeneratorCPU > 0 {
		text += fmt.Sprintf(" The load generator and Redis share the cores with the server; the generator used %.1f µs per request.",
			float64(r.GeneratorCPU.Nanoseconds())/1e3)
	}
	return text
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// nothing stands for what was not measured.
const nothing = "–"

func decimals(v float64, digits int) string {
	if math.IsNaN(v) {
		return nothing
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// grouped returns a whole number with commas: 12,345.
func grouped(v float64) string {
	if math.IsNaN(v) {
		return nothing
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
