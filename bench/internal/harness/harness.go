// Package harness runs the suites of the benchmark: it reads the command line, gives
// each suite a directory and a log, and publishes the results.
package harness

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
)

// Suite is a part of the benchmark that can run by itself.
type Suite struct {
	// Name selects the suite on the command line, and names its section in the Markdown
	// file and its chart.
	Name string
	// Page is the Markdown file with the suite's section. Empty: benchmarks.md.
	Page string
	// Summary describes the comparison in one line.
	Summary string
	// New adds the suite's flags to a flag set, and returns the runner. The flags are
	// parsed later.
	New func(*flag.FlagSet) Runner
}

// Runner is a suite with its settings.
type Runner interface {
	// Check returns an error for invalid settings.
	Check() error
	// Run measures. It stops all processes that it started before it returns. It
	// returns soon after the end of ctx.
	Run(ctx context.Context, s *Session) (*report.Report, error)
}

// Session is one run of one suite.
type Session struct {
	// Dir is an empty directory, removed after the run.
	Dir string

	log   io.Writer
	start time.Time
}

// NewSession returns a session in dir that logs its progress to log, with the time
// since start.
func NewSession(dir string, log io.Writer, start time.Time) *Session {
	return &Session{Dir: dir, log: log, start: start}
}

// Say logs a line of progress.
func (s *Session) Say(format string, args ...any) {
	fmt.Fprintf(s.log, "[%4.0fs] %s\n", time.Since(s.start).Seconds(), fmt.Sprintf(format, args...))
}

// Pause waits for a moment, or for the end of ctx.
func Pause(ctx context.Context, moment time.Duration) error {
	timer := time.NewTimer(moment)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
