package fetch

import (
	"fmt"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

// Run is the result of the suite.
type Run struct {
	Machine  report.Machine `json:"machine"`
	Duration time.Duration  `json:"durationNs"`
	Rounds   int            `json:"rounds"`
	Pairs    []*Pair        `json:"pairs"`
}

// Pair is the result of one workload with one number of goroutines. Samples with the
// same index are from the same round.
type Pair struct {
	Name       string `json:"name"`
	ByHand     string `json:"byHand"`
	Goroutines int    `json:"goroutines"`
	// RoundTrip is the time that is added to each round trip to Redis.
	RoundTrip time.Duration `json:"roundTripNs"`
	Raw       []Sample      `json:"raw"`
	Fetch     []Sample      `json:"fetch"`

	RawAllocated   Allocated `json:"rawAllocated"`
	FetchAllocated Allocated `json:"fetchAllocated"`
}

// Report returns the run as a table and a chart.
func (r *Run) Report() *report.Report {
	table := report.Table{Header: []string{
		"call", "goroutines", "round trip", "by hand µs", "Fetch µs", "time ratio (range)",
		"by hand allocs", "Fetch allocs", "extra allocs", "by hand bytes", "Fetch bytes",
	}}
	chart := report.Chart{
		Title:    "cache.Fetch beside the commands it replaces",
		Subtitle: fmt.Sprintf("Medians of %s of %v; %s", report.Count(r.Rounds, "round"), r.Duration, r.Machine),
	}
	for _, p := range r.Pairs {
		table.Rows = append(table.Rows, p.cells())
		chart.Panels = append(chart.Panels, p.panel())
	}
	return &report.Report{Chart: chart, Parts: []report.Part{{Table: table, Notes: []string{r.method()}}}, Data: r}
}

func (r *Run) method() string {
	return fmt.Sprintf("%s; the client is the one that the framework opens. %s of %v, after a warm-up round. In a round the halves of a pair take turns of %v or of %d round trips (AB, BA, "+
		"AB…). Values are medians. µs are the time of the turns divided by the calls of all goroutines. The time ratio is "+
		"the median of the rounds' ratios. By hand, a hit is GET and json.Unmarshal, a miss is GET, json.Marshal and SET. Hits use %d keys "+
		"in turn, and every miss uses a new key, with a load that takes no time. A proxy adds the round trips.",
		r.Machine, report.Count(r.Rounds, "round"), r.Duration, minTurn, tripsPerTurn, hitKeys)
}

func median(samples []Sample) float64 {
	values := make([]float64, 0, len(samples))
	for _, s := range samples {
		values = append(values, s.perCall())
	}
	return stats.Median(values)
}

// ratio compares the halves round by round.
func (p *Pair) ratio() stats.Range {
	var ratios []float64
	for i := range min(len(p.Raw), len(p.Fetch)) {
		if raw := p.Raw[i].perCall(); raw > 0 {
			ratios = append(ratios, p.Fetch[i].perCall()/raw)
		}
	}
	return stats.RangeOf(ratios)
}

// roundTrip returns the round trip for the table.
func (p *Pair) roundTrip() string {
	if p.RoundTrip == 0 {
		return "loopback"
	}
	return p.RoundTrip.String()
}

// distance returns the round trip for a title, unless it is that of the machine.
func (p *Pair) distance() string {
	if p.RoundTrip == 0 {
		return ""
	}
	return " and " + p.RoundTrip.String()
}

func (p *Pair) cells() []string {
	cells := []string{
		p.Name, fmt.Sprint(p.Goroutines), p.roundTrip(),
		report.Decimals(median(p.Raw), 1), report.Decimals(median(p.Fetch), 1), report.Spread(p.ratio(), 2),
	}
	if p.RoundTrip > 0 { // those of the proxy are among them
		return append(cells, "", "", "", "", "")
	}
	raw, fetch := p.RawAllocated, p.FetchAllocated
	return append(cells,
		report.Decimals(raw.Objects, 1), report.Decimals(fetch.Objects, 1), report.Decimals(fetch.Objects-raw.Objects, 1),
		report.Grouped(raw.Bytes), report.Grouped(fetch.Bytes),
	)
}

func (p *Pair) panel() report.Panel {
	raw, fetch := median(p.Raw), median(p.Fetch)
	return report.Panel{
		Title: fmt.Sprintf("A %s at %s%s, µs", p.Name, report.Count(p.Goroutines, "goroutine"), p.distance()),
		Hint:  "less is better",
		Bars: []report.Bar{
			{Label: p.ByHand, Text: report.Decimals(raw, 1), Value: raw},
			{
				Label: "cache.Fetch", Text: report.Decimals(fetch, 1) + " · " + report.Decimals(p.ratio().Median, 2) + "×",
				Value: fetch, Ours: true,
			},
		},
	}
}
