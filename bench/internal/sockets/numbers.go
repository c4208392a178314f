package sockets

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

// row is a server under a load: medians in the units of the columns, NaN where there is
// no measurement.
type row struct {
	name      string
	ours      bool
	perSecond float64
	ratio     stats.Range // of rounds against the baseline's rounds
	p50, p99  float64     // ms
	cpu       float64     // µs for a message
}

// cells returns the columns that both tables of loads have.
func (r row) cells() []string {
	ratio := report.Spread(r.ratio, 2)
	if isBase(r.name) {
		ratio = "1.00"
	}
	return []string{
		report.Grouped(r.perSecond), ratio, report.Decimals(r.p50, 2), report.Decimals(r.p99, 2), report.Decimals(r.cpu, 1),
	}
}

// isBase reports whether others are compared with the server of that name.
func isBase(name string) bool { return name == baseline || name == withoutHistory }

func rows(l *Load) []row {
	var base *Server
	for _, s := range l.Servers {
		if isBase(s.Name) {
			base = s
		}
	}
	var rows []row
	for _, s := range l.Servers {
		rows = append(rows, row{
			name: s.Name, ours: s.Ours, ratio: stats.RangeOf(ratios(s, base)),
			perSecond: median(s, Round.perSecond),
			p50:       median(s, func(r Round) float64 { return stats.In(time.Millisecond, r.P50) }),
			p99:       median(s, func(r Round) float64 { return stats.In(time.Millisecond, r.P99) }),
			cpu:       median(s, Round.cpu),
		})
	}
	return rows
}

// ratios compares each round with the same round of the baseline.
func ratios(s, base *Server) []float64 {
	if base == nil || s == base {
		return nil
	}
	var ratios []float64
	for i := range min(len(s.Rounds), len(base.Rounds)) {
		ratios = append(ratios, s.Rounds[i].perSecond()/base.Rounds[i].perSecond())
	}
	return ratios
}

func median(s *Server, measure func(Round) float64) float64 {
	var values []float64
	for _, r := range s.Rounds {
		values = append(values, measure(r))
	}
	return stats.Median(values)
}

// clientCPU returns the least and the most processor time that the client used
// for a message, in µs.
func clientCPU(r *Run) (least, most float64) {
	least = math.Inf(1)
	for _, l := range slices.Concat(r.RoundTrips, r.Broadcasts, r.Histories) {
		used := stats.In(time.Microsecond, l.ClientCPU)
		least, most = min(least, used), max(most, used)
	}
	return least, most
}

func megabytes(bytes int64) float64 { return stats.Known(stats.Megabytes(bytes)) }

// seconds formats a duration with one decimal.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()) }
