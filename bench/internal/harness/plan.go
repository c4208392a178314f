package harness

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
)

// Plan is the parsed command line.
type Plan struct {
	suites []*planned
	to     publisher
}

// planned is a suite with its settings.
type planned struct {
	Suite
	runner  Runner
	command string // repeats the run
}

// Parse parses the command line: the name of a suite and its flags, or the shared flags
// alone, for all suites. It writes usage and errors to output. The error is
// [flag.ErrHelp] when help was requested.
func Parse(suites []Suite, args []string, output io.Writer) (*Plan, error) {
	selected := suites
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		i := slices.IndexFunc(suites, func(s Suite) bool { return s.Name == args[0] })
		if i < 0 {
			return nil, fmt.Errorf("there is no suite %q: there are %s", args[0], strings.Join(names(suites), ", "))
		}
		selected, args = suites[i:i+1], args[1:]
	}
	p := &Plan{}
	shared := flag.NewFlagSet("bench", flag.ContinueOnError)
	shared.SetOutput(output)
	shared.StringVar(&p.to.docs, "docs", "", "write each suite's table into its page in this `directory`, and its chart beside it")
	shared.StringVar(&p.to.json, "json", "", "write every single measurement to this `file`")
	for _, s := range selected {
		own := shared
		if len(selected) > 1 {
			own = flag.NewFlagSet(s.Name, flag.ContinueOnError)
		}
		p.suites = append(p.suites, &planned{Suite: s, runner: s.New(own)})
	}
	shared.Usage = func() { usage(shared, suites, selected) }
	if err := shared.Parse(args); err != nil {
		return nil, err
	}
	if shared.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q: the name of a suite comes first, all else are flags, see -h", shared.Arg(0))
	}
	return p, p.complete(shared)
}

// complete sets the commands and checks the settings.
func (p *Plan) complete(f *flag.FlagSet) error {
	var errs []error
	for _, s := range p.suites {
		s.command = commandLine(s.Name, f)
		errs = append(errs, s.runner.Check())
	}
	return errors.Join(errs...)
}

// Run runs the planned suites one after the other. It writes tables to out and progress
// to log, and publishes the results of a suite before the next begins.
func (p *Plan) Run(ctx context.Context, out, log io.Writer) error {
	start := time.Now()
	data := map[string]any{}
	for i, planned := range p.suites {
		measured, err := planned.run(ctx, log, start)
		if err != nil {
			return fmt.Errorf("%s: %w", planned.Name, err)
		}
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprint(out, measured.Text())
		data[planned.Name] = measured.Data
		if err := p.to.publish(planned, measured, data); err != nil {
			return err
		}
	}
	return nil
}

func (p *planned) run(ctx context.Context, log io.Writer, start time.Time) (*report.Report, error) {
	dir, err := os.MkdirTemp("", "keryx-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	return p.runner.Run(ctx, NewSession(dir, log, start))
}

// usage prints the help for the command line.
func usage(f *flag.FlagSet, all, selected []Suite) {
	out := f.Output()
	if len(selected) == 1 {
		fmt.Fprintf(out, "bench %s [flags]: %s\n\n", selected[0].Name, selected[0].Summary)
	} else {
		fmt.Fprint(out, "bench [suite] [flags] runs one suite, or all of them:\n\n")
		for _, s := range all {
			fmt.Fprintf(out, "  %-10s %s\n", s.Name, s.Summary)
		}
		fmt.Fprint(out, "\nA suite has more flags than these, see bench SUITE -h.\n\n")
	}
	f.PrintDefaults()
}

func names(suites []Suite) []string {
	var names []string
	for _, s := range suites {
		names = append(names, s.Name)
	}
	return names
}

// List is a flag with several values, separated by commas.
type List []string

// String returns the values as the flag takes them.
func (l *List) String() string { return strings.Join(*l, ",") }

// Set adds the values of one use of the flag.
func (l *List) Set(value string) error {
	for item := range strings.SplitSeq(value, ",") {
		*l = append(*l, strings.TrimSpace(item))
	}
	return nil
}

// Selects reports whether a name is on the list, or the list is empty.
func (l List) Selects(name string) bool { return len(l) == 0 || slices.Contains(l, name) }

// Check returns an error for each name on the list that is not in known. flag is the
// name of the list's flag.
func (l List) Check(flag string, known []string) error {
	var errs []error
	for _, name := range l {
		if !slices.Contains(known, name) {
			errs = append(errs, fmt.Errorf("--%s names %q: there are %s", flag, name, strings.Join(known, ", ")))
		}
	}
	return errors.Join(errs...)
}

// AtLeast returns an error for a flag whose number is too small.
func AtLeast(least int, flag string, n int) error {
	if n < least {
		return fmt.Errorf("--%s is %d: it must be at least %d", flag, n, least)
	}
	return nil
}
