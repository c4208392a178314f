// Package scaling is the suite that measures what grows with what: the messages that
// the masters of a Redis cluster take, the traffic between nodes and Redis that is there
// without any message, and what members, joins and broadcasts cost Redis.
//
// All nodes run in this process, each with its own connections to servers that the suite
// starts. Every broadcast must reach every node once and in order; anything else fails
// the run.
package scaling

import (
	"context"
	"flag"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// Suite measures what grows with what.
func Suite() harness.Suite {
	return harness.Suite{
		Name:    "scaling",
		Page:    "scaling.md",
		Summary: "what grows with masters, nodes and members: messages a second, traffic without messages, costs in Redis",
		New: func(f *flag.FlagSet) harness.Runner {
			o := &options{}
			o.flags(f)
			return o
		},
	}
}

// bench is one run of the suite.
type bench struct {
	options
	*harness.Session
	run *Run
}

// measured notes the machine and the version of its Redis.
func (b *bench) measured(redis string) { b.run.Machine = report.ThisMachine(redis) }

type part struct {
	name    string
	measure func(context.Context, *bench) error
}

// parts returns the parts of the suite, in their order.
func parts() []part {
	return []part{
		{"masters", masters},
		{"control", control},
		{"operations", operations},
	}
}

func partNames() []string {
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}
