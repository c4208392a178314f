package caches

import (
	"time"

	"github.com/keryx-go/keryx/bench/internal/caches/contender"
	"github.com/keryx-go/keryx/bench/internal/caches/worker"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// Run is everything that was measured.
type Run struct {
	Machine    report.Machine `json:"machine"`
	Settings   Settings       `json:"settings"`
	Contenders []*Contender   `json:"contenders"`
}

// Settings are how it was measured.
type Settings struct {
	Rounds    int           `json:"rounds"`
	Outages   int           `json:"outages"`
	Processes int           `json:"processes"`
	Callers   int           `json:"callersOfProcess"`
	Load      time.Duration `json:"loadNs"`
	Deadline  time.Duration `json:"deadlineNs"`
	Reading   time.Duration `json:"readingNs"`
}

// Contender is what was measured of one contender, round by round. What was not
// is empty.
type Contender struct {
	contender.Contender `json:"-"`

	Name          string         `json:"name"`
	Version       string         `json:"version"`
	Stampedes     []Stampede     `json:"stampedes,omitempty"`
	Invalidations []Invalidation `json:"invalidations,omitempty"`
	Refused       []Outage       `json:"refused,omitempty"`
	Paused        []Outage       `json:"paused,omitempty"`
}

func (c *Contender) link() string {
	if c.URL == "" {
		return c.Name
	}
	return report.Link(c.Name, c.URL)
}

// Batch is callers that ask for one cold key at the same moment. The waits are
// ascending.
type Batch struct {
	Loads int `json:"loads"`
	worker.Answers
}

// Stampede is a batch over all processes.
type Stampede = Batch

// Invalidation is what readers saw after an invalidation in the middle of a
// load.
type Invalidation struct {
	// SameClient read through the client that loaded.
	SameClient worker.Reads `json:"sameClient"`
	// SameProcess read through another client of its process.
	SameProcess worker.Reads `json:"sameProcess"`
	// Others read in other processes, that which invalidated among them.
	Others worker.Reads `json:"others"`
}

func (i Invalidation) all() worker.Reads {
	all := i.SameClient
	all.Add(i.SameProcess)
	all.Add(i.Others)
	return all
}

// Outage is what callers got without Redis.
type Outage struct {
	// First were there when it began, Next came when those were through.
	First Batch `json:"first"`
	Next  Batch `json:"next"`
}

func newRun(o *options, redis string) *Run {
	r := &Run{Machine: report.ThisMachine(redis), Settings: Settings{
		Rounds: o.rounds, Outages: o.outages, Processes: o.processes, Callers: o.callers,
		Load: o.load, Deadline: o.deadline, Reading: o.reading,
	}}
	for _, c := range contender.All() {
		if o.only.Selects(c.Name) {
			r.Contenders = append(r.Contenders, &Contender{Contender: c, Name: c.Name, Version: c.Version()})
		}
	}
	return r
}

// Report returns the run as tables and a chart.
func (r *Run) Report() *report.Report {
	parts := []report.Part{stampedeTable(r), invalidationTable(r)}
	parts = append(parts, outageTable(r, "Redis refuses connections", "was stopped after it had been up", refusals))
	parts = append(parts, outageTable(r, "Redis is paused", "gets SIGSTOP: it keeps its connections and answers nothing", pauses))
	out := &report.Report{Chart: chart(r), Data: r}
	for _, p := range parts {
		if len(p.Table.Rows) > 0 {
			out.Parts = append(out.Parts, p)
		}
	}
	out.Parts = append(out.Parts, setup(r))
	return out
}
