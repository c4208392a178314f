package caches

import (
	"time"

	"github.com/keryx-go/keryx/bench/internal/caches/contender"
	"github.com/keryx-go/keryx/bench/internal/caches/worker"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// Run is the result of the suite.
type Run struct {
	Machine    report.Machine `json:"machine"`
	Settings   Settings       `json:"settings"`
	Contenders []*Contender   `json:"contenders"`
}

// Settings are the settings of the run.
type Settings struct {
	Rounds    int           `json:"rounds"`
	Outages   int           `json:"outages"`
	Processes int           `json:"processes"`
	Callers   int           `json:"callersOfProcess"`
	Load      time.Duration `json:"loadNs"`
	Deadline  time.Duration `json:"deadlineNs"`
	Reading   time.Duration `json:"readingNs"`
}

// Contender is the result of one contender, round by round. Scenarios that were not run
// are empty.
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

// Batch is the result of callers that get one cold key at the same moment. The waits
// are ascending.
type Batch struct {
	Loads int `json:"loads"`
	worker.Answers
}

// Stampede is the batch of all processes.
type Stampede = Batch

// Invalidation is the result of readers after an invalidation in the middle of a load.
type Invalidation struct {
	// SameClient are the reads through the client that loaded.
	SameClient worker.Reads `json:"sameClient"`
	// SameProcess are the reads through another client of its process.
	SameProcess worker.Reads `json:"sameProcess"`
	// Others are the reads in other processes, including the one that invalidated.
	Others worker.Reads `json:"others"`
}

func (i Invalidation) all() worker.Reads {
	all := i.SameClient
	all.Add(i.SameProcess)
	all.Add(i.Others)
	return all
}

// Outage is the result of callers while Redis is down.
type Outage struct {
	// First are the callers at its beginning. Next are those that follow when the first
	// have returned.
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
	parts = append(parts, outageTable(r, "Redis refuses connections", "stops after it was up", refusals))
	parts = append(parts, outageTable(r, "Redis is paused", "gets SIGSTOP: it keeps its connections and does not answer", pauses))
	out := &report.Report{Chart: chart(r), Data: r}
	for _, p := range parts {
		if len(p.Table.Rows) > 0 {
			out.Parts = append(out.Parts, p)
		}
	}
	out.Parts = append(out.Parts, setup(r))
	return out
}
