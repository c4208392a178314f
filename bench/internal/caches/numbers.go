package caches

import (
	"fmt"
	"math"
	"time"

	"github.com/keryx-go/keryx/bench/internal/caches/worker"
	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

// The measures of a round. Times are in milliseconds, shares in percent.

func loads(b Batch) float64  { return float64(b.Loads) }
func failed(b Batch) float64 { return float64(b.Errors + b.Missing) }

// wait returns the measure of the time in which a share p of the callers had their
// answer. Callers without an answer do not count.
func wait(p float64) func(Batch) float64 {
	return func(b Batch) float64 { return stats.In(time.Millisecond, stats.Percentile(b.Waits, p)) }
}

func first(o Outage) Batch { return o.First }
func next(o Outage) Batch  { return o.Next }

func refusals(c *Contender) []Outage { return c.Refused }
func pauses(c *Contender) []Outage   { return c.Paused }

func share(r worker.Reads) float64 {
	if r.Total == 0 {
		return math.NaN()
	}
	return 100 * float64(r.Stale) / float64(r.Total)
}

func sameClient(i Invalidation) float64  { return share(i.SameClient) }
func sameProcess(i Invalidation) float64 { return share(i.SameProcess) }
func others(i Invalidation) float64      { return share(i.Others) }
func staleShare(i Invalidation) float64  { return share(i.all()) }
func staleReads(i Invalidation) float64  { return float64(i.all().Stale) }
func totalReads(i Invalidation) float64  { return float64(i.all().Total) }
func staleFor(i Invalidation) float64    { return stats.In(time.Millisecond, i.all().LastStale) }

func batches(rounds []Outage, which func(Outage) Batch) []Batch {
	var out []Batch
	for _, o := range rounds {
		out = append(out, which(o))
	}
	return out
}

func values[Round any](rounds []Round, measure func(Round) float64) []float64 {
	var values []float64
	for _, r := range rounds {
		values = append(values, measure(r))
	}
	return values
}

func median[Round any](rounds []Round, measure func(Round) float64) float64 {
	return stats.Median(values(rounds, measure))
}

func rangeOf[Round any](rounds []Round, measure func(Round) float64) stats.Range {
	return stats.RangeOf(values(rounds, measure))
}

// whole formats a range of whole numbers, as 3 (2–4), or as 1 if all are equal.
func whole(r stats.Range) string {
	if r.Min == r.Max {
		return report.Grouped(r.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", report.Grouped(r.Median), report.Grouped(r.Min), report.Grouped(r.Max))
}

// moment formats milliseconds, and shows values below 1 as <1, not as 0.
func moment(ms float64) string {
	if ms > 0 && ms < 1 {
		return "<1"
	}
	return report.Grouped(ms)
}

// percent formats a share with two decimals below 1%, so that a small value does not
// look like 0.
func percent(v float64) string {
	switch {
	case math.IsNaN(v):
		return report.Nothing
	case v == 0:
		return "0"
	case v < 1:
		return report.Decimals(v, 2) + "%"
	}
	return report.Decimals(v, 0) + "%"
}
