package sockets

import (
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

// Run is the result of the suite.
type Run struct {
	Machine    report.Machine `json:"machine"`
	Settings   Settings       `json:"settings"`
	RoundTrips []*Load        `json:"roundTrips,omitempty"`
	Broadcasts []*Load        `json:"broadcasts,omitempty"`
	Histories  []*Load        `json:"histories,omitempty"`
	Recovery   []*Recovery    `json:"recovery,omitempty"`
	Members    []*Members     `json:"members,omitempty"`
	Idle       []*Idle        `json:"idle,omitempty"`
}

// Settings are the settings of the run.
type Settings struct {
	Rounds   int           `json:"rounds"`
	Duration time.Duration `json:"durationNs"`
	Nodes    int           `json:"nodes"`
	Hold     time.Duration `json:"holdNs"`
}

// Load is one load, and the results of all servers under it.
type Load struct {
	// Sockets is the number of sockets that call an action, or that get broadcasts.
	Sockets int `json:"sockets"`
	// InFlight is the number of broadcasts under way at a time.
	InFlight int       `json:"inFlight,omitempty"`
	Servers  []*Server `json:"servers"`
	// ClientCPU is the processor time of the client per message, or 0 when it is
	// unknown.
	ClientCPU time.Duration `json:"clientCpuNs,omitempty"`
}

// Server is the result of one server. Rounds with the same index are the same round of
// all servers.
type Server struct {
	Name   string  `json:"name"`
	Ours   bool    `json:"ours,omitempty"`
	Rounds []Round `json:"rounds"`
}

// Round is the result of one server in one round.
type Round struct {
	// Messages is the number of answers, or of deliveries to sockets.
	Messages int `json:"messages"`
	// Elapsed is the total time of the server's turns.
	Elapsed time.Duration `json:"elapsedNs"`
	// P50 and P99 are of the times to the answer, or from a broadcast to its last
	// delivery.
	P50 time.Duration `json:"p50Ns"`
	P99 time.Duration `json:"p99Ns"`
	// CPU is the processor time of the server's nodes, or 0 when it is unknown.
	CPU time.Duration `json:"cpuNs,omitempty"`
}

func (r Round) perSecond() float64 { return float64(r.Messages) / r.Elapsed.Seconds() }

func (r Round) cpu() float64 {
	return stats.Known(stats.In(time.Microsecond, r.CPU) / float64(r.Messages))
}

// Idle is the memory of a server with idle sockets.
type Idle struct {
	Name    string `json:"name"`
	Ours    bool   `json:"ours,omitempty"`
	Sockets int    `json:"sockets"`
	// Opening is the time to open all sockets.
	Opening time.Duration `json:"openingNs"`
	// Before, Open and Held are the resident memory before the sockets, when all are
	// open, and after they were idle for a while. In bytes, 0 when it is unknown.
	Before int64 `json:"beforeBytes,omitempty"`
	Open   int64 `json:"openBytes,omitempty"`
	Held   int64 `json:"heldBytes,omitempty"`
}

// perSocket returns the memory of one socket in kB.
func (i *Idle) perSocket() float64 {
	return stats.Known(float64(max(i.Open, i.Held)-i.Before) / 1000 / float64(i.Sockets))
}

// most returns the greatest memory with the sockets, in MB.
func (i *Idle) most() float64 { return megabytes(max(i.Open, i.Held)) }

func newRun(o *options, redis string) *Run {
	return &Run{Machine: report.ThisMachine(redis), Settings: Settings{
		Rounds: o.rounds, Duration: o.duration, Nodes: o.nodes, Hold: o.hold,
	}}
}

// Report returns the run as tables and a chart.
func (r *Run) Report() *report.Report {
	out := &report.Report{Chart: chart(r), Data: r}
	for _, p := range []report.Part{roundTripTable(r), broadcastTable(r), historyTable(r), recoveryTable(r), membersTable(r), idleTable(r)} {
		if len(p.Table.Rows) > 0 {
			out.Parts = append(out.Parts, p)
		}
	}
	out.Parts = append(out.Parts, report.Part{Title: "How sockets are measured", Notes: []string{method(r)}})
	return out
}
