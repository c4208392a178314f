// Package sockets is the suite that measures WebSockets: actions, broadcasts from node
// to node, histories of channels, and the memory of sockets. It compares the framework with a server written by hand on
// the same WebSocket library and Redis client.
//
// The servers are processes that share the suite's own redis-server. They take turns
// that are shorter than the usual disturbances of a machine. Every message is compared
// with the expected one, byte by byte, and every broadcast must reach every socket once
// and in order. Anything else fails the run.
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
		Summary: "WebSockets: round trips, broadcasts over three nodes, histories, memory, beside a server written by hand",
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

// parts returns the parts of the suite, in their order.
func parts() []part {
	return []part{
		{"round-trips", roundTrips},
		{"broadcasts", broadcasts},
		{"histories", histories},
		{"recovery", recovery},
		{"members", membersMemory},
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

// stop stops all nodes and Redis.
func (b *bench) stop() {
	stopNodes(b)
	if b.redis != nil {
		b.redis.Stop()
	}
}
