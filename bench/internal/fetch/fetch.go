// Package fetch is the suite that measures the cost of cache.Fetch. It compares a hit
// with GET and json.Unmarshal, and a miss with GET, json.Marshal and SET, written by
// hand over the same client, with one goroutine and with many, to a Redis on the same
// machine and to one that is a round trip away.
//
// The two halves of a pair take turns of a few milliseconds, in the order AB, BA, AB…,
// because with one goroutine a call sometimes takes ten times longer: the machine's
// processors fall asleep between commands, many times a second.
package fetch

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/lag"
	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/redis"
)

// Suite compares cache.Fetch with the commands it replaces.
func Suite() harness.Suite {
	return harness.Suite{
		Name:    "fetch",
		Summary: "a hit and a miss of cache.Fetch beside the same commands written by hand",
		New: func(f *flag.FlagSet) harness.Runner {
			o := &options{}
			o.flags(f)
			return o
		},
	}
}

// options are the flags of the suite.
type options struct {
	rounds     int
	duration   time.Duration
	goroutines harness.List
	roundTrips harness.List
	only       harness.List
}

func (o *options) flags(f *flag.FlagSet) {
	f.IntVar(&o.rounds, "rounds", 21, "how often each pair is measured")
	f.DurationVar(&o.duration, "duration", 500*time.Millisecond, "how long a round is, for both halves of a pair together")
	f.Var(&o.goroutines, "goroutines", "`numbers` of goroutines, separated by commas (default 1,64)")
	f.Var(&o.roundTrips, "round-trips", "`times` that a round trip to Redis takes, separated by commas; 0 is that of the machine (default 0,1ms,10ms)")
	f.Var(&o.only, "only", "measure these only, `names` separated by commas (of hit, miss)")
}

// Check returns an error for invalid options.
func (o *options) Check() error {
	errs := []error{harness.AtLeast(1, "rounds", o.rounds), o.only.Check("only", names())}
	if o.duration <= 0 {
		errs = append(errs, fmt.Errorf("--duration is %v: it must be longer than 0s", o.duration))
	}
	for _, number := range o.goroutines {
		if n, err := strconv.Atoi(number); err != nil || n < 1 {
			errs = append(errs, fmt.Errorf("--goroutines has %q: it must be a number of at least 1", number))
		}
	}
	for _, text := range o.roundTrips {
		if d, err := time.ParseDuration(text); err != nil || d < 0 {
			errs = append(errs, fmt.Errorf("--round-trips has %q: it must be a duration such as 1ms", text))
		}
	}
	return errors.Join(errs...)
}

// distances returns the round trips.
func (o *options) distances() []time.Duration {
	if len(o.roundTrips) == 0 {
		return []time.Duration{0, time.Millisecond, 10 * time.Millisecond}
	}
	var all []time.Duration
	for _, text := range o.roundTrips {
		d, _ := time.ParseDuration(text) // Check has parsed it
		all = append(all, d)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// callers returns the numbers of goroutines.
func (o *options) callers() []int {
	if len(o.goroutines) == 0 {
		return []int{1, 64}
	}
	var numbers []int
	for _, number := range o.goroutines {
		n, _ := strconv.Atoi(number) // Check has parsed it
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// Run measures all pairs.
func (o *options) Run(ctx context.Context, s *harness.Session) (*report.Report, error) {
	server, err := process.StartRedis(ctx, s.Dir)
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	run := &Run{
		Machine: report.ThisMachine(server.Version), Duration: o.duration, Rounds: o.rounds,
	}
	for _, roundTrip := range o.distances() {
		if err := o.measureAt(ctx, s, server.Address(), roundTrip, run); err != nil {
			return nil, err
		}
	}
	return run.Report(), nil
}

// measureAt measures all pairs with a round trip to the server.
func (o *options) measureAt(ctx context.Context, s *harness.Session, address string, roundTrip time.Duration, run *Run) error {
	if roundTrip > 0 {
		proxy, err := lag.Start(address, roundTrip)
		if err != nil {
			return err
		}
		defer proxy.Stop()
		address = proxy.Address()
	}
	opened, err := redis.Open(ctx, "redis://"+address, redis.Options{})
	if err != nil {
		return err
	}
	defer opened.Close()
	for _, w := range workloads(opened.Client) {
		if !o.only.Selects(w.name) {
			continue
		}
		for _, n := range o.callers() {
			pair := &Pair{Name: w.name, ByHand: w.byHand, Goroutines: n, RoundTrip: roundTrip}
			run.Pairs = append(run.Pairs, pair)
			if err := o.measure(ctx, s, w, pair); err != nil {
				return fmt.Errorf("%s at %s: %w", w.name, report.Count(n, "goroutine"), err)
			}
		}
	}
	return nil
}

// minTurn is the least length of a half's turn, and tripsPerTurn how many round trips
// it has at least.
const (
	minTurn      = 10 * time.Millisecond
	tripsPerTurn = 10
)

func turnOf(roundTrip time.Duration) time.Duration { return max(minTurn, tripsPerTurn*roundTrip) }

// measure measures a pair, after a warm-up round.
func (o *options) measure(ctx context.Context, s *harness.Session, w *workload, p *Pair) error {
	s.Say("%s at %s%s, %s", w.name, report.Count(p.Goroutines, "goroutine"), p.distance(), report.Count(o.rounds, "round"))
	c := &caller{key: w.key, goroutines: p.Goroutines}
	for round := range o.rounds + 1 {
		if err := w.prepare(ctx); err != nil {
			return err
		}
		runtime.GC() // of the earlier rounds
		samples, err := o.round(ctx, c, w, turnOf(p.RoundTrip))
		if err != nil {
			return err
		}
		if round > 0 {
			p.Raw, p.Fetch = append(p.Raw, samples[0]), append(p.Fetch, samples[1])
		}
	}
	var err error
	if p.RawAllocated, err = c.measureAllocations(ctx, w.raw, o.duration/4); err != nil {
		return err
	}
	p.FetchAllocated, err = c.measureAllocations(ctx, w.fetch, o.duration/4)
	return err
}

// round lets the halves take turns.
func (o *options) round(ctx context.Context, c *caller, w *workload, turn time.Duration) (samples [2]Sample, err error) {
	halves := [2]half{w.raw, w.fetch}
	turns := max(1, int(o.duration/(2*turn)))
	for i := range turns {
		for j := range halves {
			which := (i + j) % 2
			s, err := c.run(ctx, halves[which], min(turn, o.duration))
			if err != nil {
				return samples, err
			}
			samples[which].add(s)
		}
	}
	return samples, nil
}
