// Package sockets is the suite that measures WebSockets: actions over them,
// broadcasts from node to node, and what idle ones cost; the framework beside a
// server written by hand on the same WebSocket library and Redis client.
//
// The servers are processes on a redis-server of the suite's own. They take
// turns that are shorter than what disturbs a machine. Every message is compared
// with what it has to be, byte by byte, and every broadcast has to come to every
// socket once and in order: anything else fails the run.
package sockets

import (
	"context"
	"flag"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/process"
)

// Suite compares WebSocket servers.
func Suite() harness.Suite {
	return harness.Suite{
		Name:    "sockets",
		Summary: "WebSockets: round trips, broadcasts over three nodes, idle sockets, beside a server written by hand",
		New: func(f *flag.FlagSet) harness.Runner {
			o := &options{settle: settle}
			o.flags(f)
			return o
		},
	}
}

// bench is one run of the suite.
type bench struct {
	options
	*harness.Session
	redis      *process.Redis
	contenders []*contender
	run        *Run
}

// parts are what the suite measures, in its order.
func parts() []part {
	return []part{
		{"round-trips", roundTrips},
		{"broadcasts", broadcasts},
		{"idle", idleSockets},
	}
}

type part struct {
	name    string
	measure func(context.Context, *bench) error
}

func partNames() []string {
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// stop ends everything that was started.
func (b *bench) stop() {
	stopNodes(b)
	if b.redis != nil {
		b.redis.Stop()
	}
}
