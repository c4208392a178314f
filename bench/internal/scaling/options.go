package scaling

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// options are the flags of the suite.
type options struct {
	rounds   int
	duration time.Duration
	channels int

	nodes   harness.List
	sockets int
	window  time.Duration

	rooms, members, times int

	parts harness.List
}

// mostNodes bounds the nodes in this process.
const mostNodes = 200

func (o *options) flags(f *flag.FlagSet) {
	f.IntVar(&o.rounds, "rounds", 7, "how often each cluster gets broadcasts")
	f.DurationVar(&o.duration, "duration", time.Second, "how long it gets them in a round")
	f.IntVar(&o.channels, "channels", 60, "how many channels of each master they go to, all at a time")
	f.Var(&o.nodes, "nodes", "`numbers` of nodes whose traffic without messages is measured, separated by commas (default 1,10,50)")
	f.IntVar(&o.sockets, "sockets", 20, "how many sockets each of these nodes has, all in the same 10 channels")
	f.DurationVar(&o.window, "window", 30*time.Second, "how long that traffic is measured; a heartbeat comes every 30s")
	f.IntVar(&o.rooms, "rooms", 1000, "how many channels are filled to measure memory in Redis")
	f.IntVar(&o.members, "members", 10, "how many members each of them gets")
	f.IntVar(&o.times, "times", 1000, "how often each operation is done to measure what it costs Redis")
	f.Var(&o.parts, "parts", "run these `parts` only, separated by commas (of "+strings.Join(partNames(), ", ")+")")
}

// Check returns an error for invalid options.
func (o *options) Check() error {
	errs := []error{
		harness.AtLeast(1, "rounds", o.rounds),
		harness.AtLeast(1, "channels", o.channels),
		harness.AtLeast(0, "sockets", o.sockets),
		harness.AtLeast(1, "rooms", o.rooms),
		harness.AtLeast(2, "members", o.members),
		harness.AtLeast(1, "times", o.times),
		o.parts.Check("parts", partNames()),
	}
	for _, value := range o.nodes {
		if n, err := strconv.Atoi(value); err != nil || n < 1 || n > mostNodes {
			errs = append(errs, fmt.Errorf("--nodes has %q: it must be a number from 1 to %d", value, mostNodes))
		}
	}
	for flag, d := range map[string]time.Duration{"duration": o.duration, "window": o.window} {
		if d <= 0 {
			errs = append(errs, fmt.Errorf("--%s is %v: it must be longer than 0s", flag, d))
		}
	}
	return errors.Join(errs...)
}

// fleets returns the numbers of nodes, ascending. Check has parsed them.
func (o *options) fleets() []int {
	if len(o.nodes) == 0 {
		return []int{1, 10, 50}
	}
	var all []int
	for _, value := range o.nodes {
		n, _ := strconv.Atoi(value)
		all = append(all, n)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Run measures the parts one after the other.
func (o *options) Run(ctx context.Context, s *harness.Session) (*report.Report, error) {
	b := &bench{options: *o, Session: s, run: &Run{Settings: Settings{
		Rounds: o.rounds, Duration: o.duration, Channels: o.channels, Nodes: hubs, Sockets: o.sockets, Window: o.window, Times: o.times,
	}}}
	for _, p := range parts() {
		if !o.parts.Selects(p.name) {
			continue
		}
		if err := p.measure(ctx, b); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return b.run.Report(), nil
}
