package scaling

import (
	"fmt"
	"math"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

// median returns the median of a measure of a cluster's rounds.
func median(c *Cluster, measure func(Round) float64) float64 {
	var values []float64
	for _, r := range c.Rounds {
		values = append(values, measure(r))
	}
	return stats.Median(values)
}

// ratios compares the capacity in each round with that of another cluster in the same
// round.
func ratios(c, base *Cluster) stats.Range {
	var values []float64
	for i := range min(len(c.Rounds), len(base.Rounds)) {
		values = append(values, c.Rounds[i].capacity()/base.Rounds[i].capacity())
	}
	return stats.RangeOf(values)
}

// rounded formats small numbers with a decimal.
func rounded(v float64) string {
	if math.Abs(v) < 100 {
		return report.Decimals(v, 1)
	}
	return report.Grouped(v)
}

// times formats a ratio, and 0/0 and its like as not measured.
func times(ratio float64) string {
	if math.IsNaN(ratio) || math.IsInf(ratio, 0) {
		return report.Nothing
	}
	return fmt.Sprintf("×%.1f", ratio)
}
