package sockets

import (
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

// Run is everything that was measured.
type Run struct {
	Machine    report.Machine `json:"machine"`
	Settings   Settings       `json:"settings"`
	RoundTrips []*Load        `json:"roundTrips,omitempty"`
	Broadcasts []*Load        `json:"broadcasts,omitempty"`
	Idle       []*Idle        `json:"idle,omitempty"`
}

// Settings are how it was measured.
type Settings struct {
	Rounds   int           `json:"rounds"`
	Duration time.Duration `json:"durationNs"`
	Nodes    int           `json:"nodes"`
	Hold     time.Duration `json:"holdNs"`
}

// Load is what all servers are put under in turns.
type Load struct {
	// Sockets are those that call an action, or those that get broadcasts.
	Sockets int `json:"sockets"`
	// InFlight is how many broadcasts are under way at a time.
	InFlight int       `json:"inFlight,omitempty"`
	Servers  []*Server `json:"servers"`
	// ClientCPU is the processor time of the client for a message, 0 when it is
	// not known.
	ClientCPU time.Duration `json:"clientCpuNs,omitempty"`
}

// Server is one server under a load. Rounds of the same index are of the same
// round of all servers.
type Server struct {
	Name   string  `json:"name"`
	Ours   bool    `json:"ours,omitempty"`
	Rounds []Round `json:"rounds"`
}

// Round is what one server did in one round.
type Round struct {
	// Messages are answers, or deliveries to sockets.
	Messages int `json:"messages"`
	// Elapsed is the time of the server's turns.
	Elapsed time.Duration `json:"elapsedNs"`
	// P50 and P99 are of the times to the answer, or from a broadcast to its
	// last delivery.
	P50 time.Duration `json:"p50Ns"`
	P99 time.Duration `json:"p99Ns"`
	// CPU is the processor time that the server's nodes used, 0 when it is not
	// known.
	CPU time.Duration `json:"cpuNs,omitempty"`
}

func (r Round) perSecond() float64 { return float64(r.Messages) / r.Elapsed.Seconds() }

func (r Round) cpu() float64 {
	return stats.Known(stats.In(time.Microsecond, r.CPU) / float64(r.Messages))
}

// Idle is what sockets cost a server that does nothing for them.
type Idle struct {
	Name    string `json:"name"`
	Ours    bool   `json:"ours,omitempty"`
	Sockets int    `json:"sockets"`
	// Opening is the time to open them all.
	Opening time.Duration `json:"openingNs"`
	// Before, Open and Held are the resident memory before, when all were open,
	// and after they had been idle for a while; in bytes, 0 when it is not known.
	Before int64 `json:"beforeBytes,omitempty"`
	Open   int64 `json:"openBytes,omitempty"`
	Held   int64 `json:"heldBytes,omitempty"`
}

// perSocket returns the memory of one socket in kB.
func (i *Idle) perSocket() float64 {
	return stats.Known(float64(max(i.Open, i.Held)-i.Before) / 1000 / float64(i.Sockets))
}

// most returns the most memory that was seen with the sockets, in MB.
func (i *Idle) most() float64 { return megabytes(max(i.Open, i.Held)) }

func newRun(o *options, redis string) *Run {
	return &Run{Machine: report.ThisMachine(redis), Settings: Settings{
		Rounds: o.rounds, Duration: o.duration, Nodes: o.nodes, Hold: o.hold,
	}}
}

// Report returns the run as tables and a chart.
func (r *Run) Report() *report.Report {
	out := &report.Report{Chart: chart(r), Data: r}
	for _, p := range []report.Part{roundTripTable(r), broadcastTable(r), idleTable(r)} {
		if len(p.Table.Rows) > 0 {
			out.Parts = append(out.Parts, p)
		}
	}
	out.Parts = append(out.Parts, report.Part{Title: "How sockets are measured", Notes: []string{method(r)}})
	return out
}
