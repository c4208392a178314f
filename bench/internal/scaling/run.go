package scaling

import (
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

// Fleet is the traffic of some nodes with their Redis while they get no messages.
type Fleet struct {
	Nodes int   `json:"nodes"`
	Usage Usage `json:"usage"`
	// Listeners is the number of nodes that get each proof.
	Listeners int64 `json:"listeners"`
	// Connections is the number of connections to Redis, Memory what it has allocated.
	Connections int64 `json:"connections"`
	Memory      int64 `json:"memoryBytes"`
}

// Stored is what members take in Redis.
type Stored struct {
	Channels int `json:"channels"`
	Members  int `json:"members"`
	// Empty, First and Full are the bytes that Redis had allocated without members,
	// with one in each channel, and with all.
	Empty int64 `json:"emptyBytes"`
	First int64 `json:"firstBytes"`
	Full  int64 `json:"fullBytes"`
	// Sessions is a number of sessions, SessionBytes what they took.
	Sessions     int   `json:"sessions"`
	SessionBytes int64 `json:"sessionBytes"`
}

// perMember returns the bytes of one more member of a channel.
func (s *Stored) perMember() float64 {
	return float64(s.Full-s.First) / float64(s.Channels*(s.Members-1))
}

// perChannel returns the bytes of a channel without its members.
func (s *Stored) perChannel() float64 {
	return float64(s.First-s.Empty)/float64(s.Channels) - s.perMember()
}

// perSession returns the bytes of a session.
func (s *Stored) perSession() float64 { return float64(s.SessionBytes) / float64(s.Sessions) }

// Cost is what an operation costs Redis.
type Cost struct {
	Name  string `json:"name"`
	Times int    `json:"times"`
	Usage Usage  `json:"usage"`
}

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
