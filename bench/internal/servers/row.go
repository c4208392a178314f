package servers

import (
	"time"

	"github.com/keryx-go/keryx/bench/internal/stats"
)

// row is a server's line in the table: medians in the units of the columns, NaN where
// there is no measurement.
type row struct {
	name         string
	ours         bool
	perSecond    float64
	ratio        stats.Range // of rounds against the baseline's rounds
	p50, p99     float64     // ms
	cpu          float64     // µs
	boot         float64     // ms
	idle, loaded float64     // MB
	binary       float64     // MB
}

func rows(r *Run) []row {
	var baseline *Server
	for _, s := range r.Servers {
		if s.Name == r.Baseline {
			baseline = s
		}
	}
	rows := make([]row, 0, len(r.Servers))
	for _, s := range r.Servers {
		rows = append(rows, newRow(s, baseline))
	}
	return rows
}

func newRow(s, baseline *Server) row {
	return row{
		name: s.Name, ours: s.Ours,
		perSecond: medianOf(s, func(r Round) float64 { return r.PerSecond }),
		ratio:     stats.RangeOf(ratios(s, baseline)),
		p50:       medianOf(s, func(r Round) float64 { return stats.In(time.Millisecond, r.P50) }),
		p99:       medianOf(s, func(r Round) float64 { return stats.In(time.Millisecond, r.P99) }),
		cpu:       stats.Known(medianOf(s, func(r Round) float64 { return stats.In(time.Microsecond, r.CPU) })),
		boot:      stats.Median(s.Boots) / float64(time.Millisecond),
		idle:      stats.Known(stats.Megabytes(s.IdleRSS)),
		loaded:    stats.Known(stats.Megabytes(s.LoadedRSS)),
		binary:    stats.Known(stats.Megabytes(s.Binary)),
	}
}

// ratios compares each round with the same round of the baseline, because a disturbance
// of the machine affects both.
func ratios(s, baseline *Server) []float64 {
	if baseline == nil {
		return nil
	}
	var ratios []float64
	for i := range min(len(s.Rounds), len(baseline.Rounds)) {
		if base := baseline.Rounds[i].PerSecond; base > 0 {
			ratios = append(ratios, s.Rounds[i].PerSecond/base)
		}
	}
	return ratios
}

func medianOf(s *Server, value func(Round) float64) float64 {
	values := make([]float64, 0, len(s.Rounds))
	for _, r := range s.Rounds {
		values = append(values, value(r))
	}
	return stats.Median(values)
}
