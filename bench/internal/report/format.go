package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/keryx-go/keryx/bench/internal/stats"
)

// Nothing stands for a value that was not measured.
const Nothing = "–"

// Decimals formats a number with a fixed number of decimals, and NaN as [Nothing].
func Decimals(v float64, digits int) string {
	if math.IsNaN(v) {
		return Nothing
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// Grouped formats a whole number with commas, as 12,345, and NaN as [Nothing].
func Grouped(v float64) string {
	if math.IsNaN(v) {
		return Nothing
	}
	digits := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if v < 0 && digits != "0" {
		return "-" + digits
	}
	return digits
}

// Spread formats a median with its range, as 1.04 (0.99–1.10).
func Spread(r stats.Range, digits int) string {
	if math.IsNaN(r.Median) {
		return Nothing
	}
	return fmt.Sprintf("%s (%s–%s)", Decimals(r.Median, digits), Decimals(r.Min, digits), Decimals(r.Max, digits))
}

// Count returns a number with its noun: 1 round, 2 rounds.
func Count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
