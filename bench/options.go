package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	connections      int
	duration, warmup time.Duration
	rounds, boots    int
	only             list
	peers            peers
	json, svg, md    string

	command string        // repeats the run
	settle  time.Duration // before memory is read
}

func newFlags(o *options, output io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(output)
	f.IntVar(&o.connections, "connections", 64, "keep-alive connections, each with one request at a time")
	f.DurationVar(&o.duration, "duration", 5*time.Second, "how long a server is measured in each round")
	f.DurationVar(&o.warmup, "warmup", time.Second, "load before each measurement that does not count")
	f.IntVar(&o.rounds, "rounds", 5, "how often each server is measured")
	f.IntVar(&o.boots, "boots", 5, "how often each server is started to time its boot")
	f.Var(&o.only, "only", "start these servers only, `names` separated by commas (of "+strings.Join(names(), ", ")+")")
	f.Var(&o.peers, "peer", "measure a server that runs already too, `name=url`; repeatable")
	f.StringVar(&o.json, "json", "", "write all rounds to this `file`")
	f.StringVar(&o.svg, "svg", "", "draw the table as a chart into this `file`")
	f.StringVar(&o.md, "md", "", "update the table in this Markdown `file`, which is made when it is missing")
	return f
}

// parseOptions reads the command line; usage and mistakes go to output.
func parseOptions(args []string, output io.Writer) (options, error) {
	o := options{settle: time.Second}
	f := newFlags(&o, output)
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q: all settings are flags, see -h", f.Arg(0))
	}
	o.command = commandLine(f, o.peers)
	return o, o.check()
}

func (o *options) check() error {
	var errs []error
	for name, n := range map[string]int{"connections": o.connections, "rounds": o.rounds, "boots": o.boots} {
		if n < 1 {
			errs = append(errs, fmt.Errorf("--%s is %d: it must be at least 1", name, n))
		}
	}
	if o.duration <= 0 {
		errs = append(errs, fmt.Errorf("--duration is %v: it must be longer than 0s", o.duration))
	}
	if o.warmup < 0 {
		errs = append(errs, fmt.Errorf("--warmup is %v: it must not be negative", o.warmup))
	}
	for _, name := range o.only {
		if !slices.Contains(names(), name) {
			errs = append(errs, fmt.Errorf("--only names %q: the servers are %s", name, strings.Join(names(), ", ")))
		}
	}
	return errors.Join(errs...)
}

// selected tells whether a server of the table takes part.
func (o *options) selected(name string) bool {
	return len(o.only) == 0 || slices.Contains(o.only, name)
}

// list is a flag of several values separated by commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds the values of one use of the flag.
func (l *list) Set(value string) error {
	for item := range strings.SplitSeq(value, ",") {
		*l = append(*l, strings.TrimSpace(item))
	}
	return nil
}
