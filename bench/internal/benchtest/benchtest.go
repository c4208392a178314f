// Package benchtest has helpers for the tests of several suites.
package benchtest

import (
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/internal/redistest"
)

// NeedRedis skips the test when there is no redis-server; with CI=true it fails the
// test.
func NeedRedis(tb testing.TB) {
	tb.Helper()
	if redistest.Available() {
		return
	}
	if os.Getenv("CI") == "true" {
		tb.Fatal("redis-server is not installed, and CI=true demands it")
	}
	tb.Skip("redis-server is not installed")
}

// Runner returns a suite with settings from a command line.
func Runner(tb testing.TB, s harness.Suite, args ...string) (harness.Runner, error) {
	tb.Helper()
	f := flag.NewFlagSet(s.Name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	r := s.New(f)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	return r, r.Check()
}

// Session returns a session in a directory of the test, which writes its progress to
// log.
func Session(tb testing.TB, log io.Writer) *harness.Session {
	tb.Helper()
	return harness.NewSession(tb.TempDir(), log, time.Now())
}

// WrongOptions fails the test when a suite accepts one of the command lines, or when
// its error lacks the message that is the key.
func WrongOptions(t *testing.T, s harness.Suite, tests map[string][]string) {
	t.Helper()
	for message, args := range tests {
		if _, err := Runner(t, s, args...); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%q: the error is %v, expected it to contain %q", args, err, message)
		}
	}
}

// Interrupted runs a suite until it logs line, and then ends its context. It fails the
// test when the run goes on or leaves a process behind.
func Interrupted(t *testing.T, r harness.Runner, line string) {
	t.Helper()
	patient, give := context.WithTimeout(t.Context(), time.Minute)
	defer give()
	ctx, cancel := context.WithCancel(patient)
	defer cancel()
	_, err := r.Run(ctx, Session(t, interrupter{line, cancel}))
	if err == nil || patient.Err() != nil {
		t.Errorf("the run went on: %v", err)
	}
	NoChildren(t)
}

// interrupter ends a context when a given line is written to it.
type interrupter struct {
	line   string
	cancel context.CancelFunc
}

func (i interrupter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), i.line) {
		i.cancel()
	}
	return len(p), nil
}

// NoChildren fails the test when this process has children, on systems that list them.
func NoChildren(t *testing.T) {
	t.Helper()
	threads, _ := filepath.Glob("/proc/self/task/*/children")
	for _, file := range threads {
		if children, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(children)) != "" {
			t.Errorf("children are left: %s", children)
		}
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")

// Golden compares with a file in testdata.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run the test with -update and look at the difference); got:\n%s", file, got)
	}
}

// XML fails the test when text is not XML.
func XML(t *testing.T, text string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("it is no XML: %v\n%s", err, text)
		}
	}
}

// Chart compares a chart with testdata/chart.svg.
func Chart(t *testing.T, chart interface{ SVG() (string, error) }) {
	t.Helper()
	text, err := chart.SVG()
	if err != nil {
		t.Fatal(err)
	}
	Golden(t, "chart.svg", text)
	XML(t, text)
}
