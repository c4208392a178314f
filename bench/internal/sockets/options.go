package sockets

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
	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// options are the flags of the suite.
type options struct {
	rounds      int
	duration    time.Duration
	nodes, idle int
	hold        time.Duration
	members     int
	returning   int
	missed      int
	connections harness.List
	sockets     harness.List
	inFlight    harness.List
	only, parts harness.List

	settle time.Duration // the pause before memory is read, and after many sockets have closed
}

// settle is the default of options.settle.
const settle = time.Second

// mostInFlight keeps the queue of a socket shorter than the limit at which servers cut
// it off.
const mostInFlight = 100

func (o *options) flags(f *flag.FlagSet) {
	f.IntVar(&o.rounds, "rounds", 7, "how often each load is measured")
	f.DurationVar(&o.duration, "duration", 2*time.Second, "how long a round is, for both servers together")
	f.Var(&o.connections, "connections", "`numbers` of sockets that call an action, separated by commas (default 1,64)")
	f.Var(&o.sockets, "sockets", "`numbers` of sockets that get broadcasts (default 1,10,100,1000)")
	f.Var(&o.inFlight, "in-flight", "`numbers` of broadcasts that are under way at a time (default 1,8)")
	f.IntVar(&o.nodes, "nodes", 3, "how many nodes of each server share the sockets of broadcasts")
	f.IntVar(&o.members, "members", 5000, "how many sockets join a channel to measure their memory")
	f.IntVar(&o.returning, "returning", 1000, "how many subscribers come back at once")
	f.IntVar(&o.missed, "missed", 100, "how many messages each of them has missed")
	f.IntVar(&o.idle, "idle", 10000, "how many sockets are left idle")
	f.DurationVar(&o.hold, "hold", 45*time.Second, "how long they are idle; servers ping them every 30s")
	f.Var(&o.only, "only", "measure these servers only, `names` separated by commas (of "+strings.Join(names(), ", ")+")")
	f.Var(&o.parts, "parts", "run these `parts` only, separated by commas (of "+strings.Join(partNames(), ", ")+")")
}

// Check returns an error for invalid options.
func (o *options) Check() error {
	errs := []error{
		harness.AtLeast(1, "rounds", o.rounds),
		harness.AtLeast(1, "nodes", o.nodes),
		harness.AtLeast(1, "idle", o.idle),
		harness.AtLeast(1, "members", o.members),
		harness.AtLeast(1, "returning", o.returning),
		harness.AtLeast(1, "missed", o.missed),
		checkNumbers("connections", o.connections, maxPorts),
		checkNumbers("sockets", o.sockets, maxPorts),
		checkNumbers("in-flight", o.inFlight, mostInFlight),
		o.only.Check("only", names()),
		o.parts.Check("parts", partNames()),
	}
	if o.duration <= 0 {
		errs = append(errs, fmt.Errorf("--duration is %v: it must be longer than 0s", o.duration))
	}
	if o.missed > mostMissed {
		errs = append(errs, fmt.Errorf("--missed is %d: the history keeps %d messages", o.missed, mostMissed))
	}
	if o.hold < 0 {
		errs = append(errs, fmt.Errorf("--hold is %v: it must not be negative", o.hold))
	}
	return errors.Join(errs...)
}

// checkNumbers returns an error for each value that is not from 1 to most.
func checkNumbers(flag string, values []string, most int) error {
	var errs []error
	for _, value := range values {
		if n, err := strconv.Atoi(value); err != nil || n < 1 || n > most {
			errs = append(errs, fmt.Errorf("--%s has %q: it must be a number from 1 to %d", flag, value, most))
		}
	}
	return errors.Join(errs...)
}

// numbers returns the values, ascending, or the default. Check has parsed them.
func numbers(values []string, usual ...int) []int {
	if len(values) == 0 {
		return usual
	}
	var all []int
	for _, value := range values {
		n, _ := strconv.Atoi(value)
		all = append(all, n)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// callers returns the numbers of sockets that call an action.
func (o *options) callers() []int { return numbers(o.connections, 1, 64) }

// listeners returns the numbers of sockets that get broadcasts.
func (o *options) listeners() []int { return numbers(o.sockets, 1, 10, 100, 1000) }

// underWay returns the numbers of broadcasts in flight.
func (o *options) underWay() []int { return numbers(o.inFlight, 1, 8) }

// checkFiles returns an error when the process may not open that many sockets. The
// runtime has already raised the limit to its maximum.
func (o *options) checkFiles() error {
	need := 0
	for _, part := range []struct {
		name    string
		sockets []int
		each    int // how many sets are open at a time
	}{
		{"round-trips", o.callers(), 2},
		{"broadcasts", o.listeners(), 2},
		{"histories", o.listeners(), 2},
		{"recovery", []int{o.returning}, 1},
		{"members", []int{o.members}, 1},
		{"idle", []int{o.idle}, 1},
	} {
		if o.parts.Selects(part.name) {
			need = max(need, slices.Max(part.sockets)*part.each)
		}
	}
	const others = 100
	if limit := openFiles(); need+others > limit {
		return fmt.Errorf("%d sockets need more than the %d open files that this process may have: raise the limit (ulimit -n), or ask for fewer",
			need, limit)
	}
	return nil
}

// Run measures the parts one after the other.
func (o *options) Run(ctx context.Context, s *harness.Session) (*report.Report, error) {
	if err := o.checkFiles(); err != nil {
		return nil, err
	}
	b := &bench{options: *o, Session: s}
	defer b.stop()
	if err := build(ctx, b); err != nil {
		return nil, err
	}
	var err error
	if b.redis, err = process.StartRedis(ctx, s.Dir); err != nil {
		return nil, err
	}
	b.run = newRun(o, b.redis.Version)
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
