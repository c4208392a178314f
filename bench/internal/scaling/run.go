package scaling

import (
	"fmt"
	"slices"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

// Run is the result of the suite.
type Run struct {
	Machine  report.Machine `json:"machine"`
	Settings Settings       `json:"settings"`
	Masters  []*Cluster     `json:"masters,omitempty"`
	Control  []*Fleet       `json:"control,omitempty"`
	Stored   *Stored        `json:"stored,omitempty"`
	Costs    []*Cost        `json:"costs,omitempty"`
}

// Settings are the settings of the run.
type Settings struct {
	Rounds   int           `json:"rounds"`
	Duration time.Duration `json:"durationNs"`
	Channels int           `json:"channels"`
	Nodes    int           `json:"nodes"`
	Sockets  int           `json:"sockets"`
	Window   time.Duration `json:"windowNs"`
	Times    int           `json:"times"`
}

// Cluster is the result of one Redis cluster. Rounds with the same index are the same
// round of all clusters.
type Cluster struct {
	Name    string  `json:"name"`
	Masters int     `json:"masters"`
	Ours    bool    `json:"ours,omitempty"`
	Rounds  []Round `json:"rounds"`
}

// short returns a name that has room beside a bar.
func (c *Cluster) short() string {
	switch {
	case c.Masters == 1:
		return "1 master"
	case c.Ours:
		return fmt.Sprintf("%d masters", c.Masters)
	}
	return fmt.Sprintf("%d, before Redis 7", c.Masters)
}

// Round is the result of one cluster in one round.
type Round struct {
	// Messages is the number of broadcasts. Each reached every node.
	Messages int           `json:"messages"`
	Elapsed  time.Duration `json:"elapsedNs"`
	// CPU is the processor time of each master.
	CPU []time.Duration `json:"cpuNs"`
}

func (r Round) perSecond() float64 { return float64(r.Messages) / r.Elapsed.Seconds() }

// busiest returns the processor time of the busiest master for a message of the
// cluster, in µs.
func (r Round) busiest() float64 {
	return stats.Known(stats.In(time.Microsecond, slices.Max(r.CPU)) / float64(r.Messages))
}

// capacity returns the messages a second at which the busiest master has used up a core.
func (r Round) capacity() float64 { return 1e6 / r.busiest() }

// Report returns the run as tables and a chart.
func (r *Run) Report() *report.Report {
	out := &report.Report{Chart: chart(r), Data: r}
	for _, p := range []report.Part{mastersTable(r), controlTable(r), costTable(r), storedTable(r)} {
		if len(p.Table.Rows) > 0 {
			out.Parts = append(out.Parts, p)
		}
	}
	out.Parts = append(out.Parts, report.Part{Title: "How it is measured", Notes: []string{method(r)}})
	return out
}
