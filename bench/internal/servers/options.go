package servers

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/keryx-go/keryx/bench/internal/answer"
	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// options are the flags of the suite.
type options struct {
	connections      int
	duration, warmup time.Duration
	rounds, boots    int
	only             harness.List
	peers            peers

	settle time.Duration // before memory is read
}

func (o *options) flags(f *flag.FlagSet) {
	f.IntVar(&o.connections, "connections", 64, "keep-alive connections, each with one request at a time")
	f.DurationVar(&o.duration, "duration", 5*time.Second, "how long a server is measured in each round")
	f.DurationVar(&o.warmup, "warmup", time.Second, "how long a server is under load before each measurement")
	f.IntVar(&o.rounds, "rounds", 5, "how often each server is measured")
	f.IntVar(&o.boots, "boots", 5, "how often each server is started to time its boot")
	f.Var(&o.only, "only", "start these servers only, `names` separated by commas (of "+strings.Join(names(), ", ")+")")
	f.Var(&o.peers, "peer", "also measure a running server, `name=url`; repeatable")
}

// Check returns an error for invalid options.
func (o *options) Check() error {
	errs := []error{
		harness.AtLeast(1, "connections", o.connections),
		harness.AtLeast(1, "rounds", o.rounds),
		harness.AtLeast(1, "boots", o.boots),
		o.only.Check("only", names()),
	}
	if o.duration <= 0 {
		errs = append(errs, fmt.Errorf("--duration is %v: it must be longer than 0s", o.duration))
	}
	if o.warmup < 0 {
		errs = append(errs, fmt.Errorf("--warmup is %v: it must not be negative", o.warmup))
	}
	return errors.Join(errs...)
}

// Run boots the servers, puts them under load in turns, and measures their memory.
func (o *options) Run(ctx context.Context, s *harness.Session) (*report.Report, error) {
	b := &bench{options: *o, Session: s, answer: answer.Default()}
	defer b.stop()
	if err := b.prepare(ctx); err != nil {
		return nil, err
	}
	for _, phase := range []func(context.Context, *bench) error{bootAll, startAll, loadAll, measureMemory} {
		if err := phase(ctx, b); err != nil {
			return nil, err
		}
	}
	return b.run.Report(), nil
}
