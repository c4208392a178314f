// Package caches is the suite that compares cache libraries in difficult cases: many
// callers in several processes want one cold key, a value is invalidated in the middle
// of its load, and Redis is down.
//
// Each contender runs in its own processes, started anew for every scenario, and
// contenders take turns. The processes run this same program, see [IsWorker].
package caches

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/keryx-go/keryx/bench/internal/caches/contender"
	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// Suite compares cache libraries.
func Suite() harness.Suite {
	return harness.Suite{
		Name:    "caches",
		Summary: "cache libraries side by side: stampedes, invalidation in the middle of a load, Redis down",
		New: func(f *flag.FlagSet) harness.Runner {
			o := &options{}
			o.flags(f)
			return o
		},
	}
}

// options are the flags of the suite.
type options struct {
	rounds, outages    int
	processes, callers int
	load, deadline     time.Duration
	reading            time.Duration
	only, parts        harness.List
}

func (o *options) flags(f *flag.FlagSet) {
	f.IntVar(&o.rounds, "rounds", 7, "how many stampedes and invalidations each contender has")
	f.IntVar(&o.outages, "outages", 3, "how many outages of each kind each contender has")
	f.IntVar(&o.processes, "processes", 3, "processes in a stampede and at an invalidation")
	f.IntVar(&o.callers, "callers", 334, "callers in each process of a stampede")
	f.DurationVar(&o.load, "load", 50*time.Millisecond, "how long a load takes")
	f.DurationVar(&o.deadline, "deadline", 5*time.Second, "the callers' deadline")
	f.DurationVar(&o.reading, "reading", time.Second, "how long readers read after an invalidation")
	f.Var(&o.only, "only", "measure these contenders only, `names` separated by commas (of "+strings.Join(contender.Names(), ", ")+")")
	f.Var(&o.parts, "parts", "run these `parts` only, separated by commas (of "+strings.Join(partNames(), ", ")+")")
}

// Check returns an error for invalid options.
func (o *options) Check() error {
	errs := []error{
		harness.AtLeast(1, "rounds", o.rounds),
		harness.AtLeast(1, "outages", o.outages),
		harness.AtLeast(2, "processes", o.processes),
		harness.AtLeast(1, "callers", o.callers),
		o.only.Check("only", contender.Names()),
		o.parts.Check("parts", partNames()),
	}
	for name, d := range map[string]time.Duration{"load": o.load, "deadline": o.deadline, "reading": o.reading} {
		if d <= 0 {
			errs = append(errs, fmt.Errorf("--%s is %v: it must be longer than 0s", name, d))
		}
	}
	return errors.Join(errs...)
}

// bench is one run of the suite.
type bench struct {
	options
	*harness.Session
	redis *process.Redis
	run   *Run
}

// part is one scenario.
type part struct {
	name   string
	rounds func(*options) int
	turn   func(ctx context.Context, b *bench, c *Contender) error
}

func parts() []part {
	often := func(o *options) int { return o.rounds }
	rarely := func(o *options) int { return o.outages }
	return []part{
		{"stampede", often, stampede},
		{"invalidation", often, invalidation},
		{"refused", rarely, refused},
		{"paused", rarely, paused},
	}
}

func partNames() []string {
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// turnLimit is longer than any turn should take.
const turnLimit = 2 * time.Minute

var errStuck = errors.New("the contender is stuck")

// Run runs the scenarios, in which the contenders take turns.
func (o *options) Run(ctx context.Context, s *harness.Session) (*report.Report, error) {
	b := &bench{options: *o, Session: s}
	var err error
	if b.redis, err = process.StartRedis(ctx, s.Dir); err != nil {
		return nil, err
	}
	defer b.redis.Stop()
	b.run = newRun(o, b.redis.Version)
	for _, p := range parts() {
		if !o.parts.Selects(p.name) {
			continue
		}
		for round := range p.rounds(o) {
			for _, c := range b.run.Contenders {
				s.Say("%s, round %d of %d: %s", p.name, round+1, p.rounds(o), c.Name)
				if err := b.turn(ctx, p, c); err != nil {
					return nil, fmt.Errorf("%s in round %d: %w", p.name, round+1, err)
				}
			}
		}
	}
	return b.run.Report(), nil
}

func (b *bench) turn(ctx context.Context, p part, c *Contender) error {
	ctx, cancel := context.WithTimeoutCause(ctx, turnLimit, errStuck)
	defer cancel()
	if err := b.redis.Flush(ctx, 0); err != nil {
		return err
	}
	return p.turn(ctx, b, c)
}
