package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short returns the options of a run that takes a moment, without the
// framework.
func short(t *testing.T, args ...string) options {
	t.Helper()
	if !redistest.Available() {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not installed, and CI=true demands it")
		}
		t.Skip("redis-server is not installed")
	}
	t.Setenv("TMPDIR", t.TempDir())
	o, err := parse(t, append([]string{
		"--only", "raw-redis,constant", "--connections", "4", "--duration", "100ms", "--warmup", "20ms", "--rounds", "2", "--boots", "2",
	}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	o.settle = 0
	return o
}

// leavesNothing fails the test when a run has left a process or a file.
func leavesNothing(t *testing.T) {
	t.Helper()
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, error %v", left, err)
	}
	threads, _ := filepath.Glob("/proc/self/task/*/children")
	for _, file := range threads {
		if children, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(children)) != "" {
			t.Errorf("children are left: %s", children)
		}
	}
}

func TestBench(t *testing.T) {
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("anything"))
	}))
	defer peer.Close()
	dir := t.TempDir()
	jsonFile, svg, md := filepath.Join(dir, "out.json"), filepath.Join(dir, "docs", "out.svg"), filepath.Join(dir, "docs", "out.md")
	o := short(t, "--peer", "other="+peer.URL, "--json", jsonFile, "--svg", svg, "--md", md)

	var out, log strings.Builder
	if err := bench(t.Context(), o, &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	leavesNothing(t)
	if !strings.Contains(out.String(), "raw-redis") || !strings.Contains(log.String(), "round 2 of 2: other") {
		t.Errorf("table:\n%s\nprogress:\n%s", out.String(), log.String())
	}
	checkRun(t, read(t, jsonFile))
	if table := read(t, md); !strings.Contains(table, "(out.svg)") || !strings.Contains(table, "| constant |") {
		t.Errorf("the Markdown file is:\n%s", table)
	}
	if chart := read(t, svg); !strings.Contains(chart, "Requests per second") {
		t.Errorf("the chart is:\n%s", chart)
	}
}

// checkRun makes sure that everything was measured that can be.
func checkRun(t *testing.T, encoded string) {
	t.Helper()
	var run report.Run
	if err := json.Unmarshal([]byte(encoded), &run); err != nil {
		t.Fatal(err)
	}
	if len(run.Servers) != 3 || run.Machine.Redis == "" || run.Settings.Connections != 4 {
		t.Fatalf("the run is:\n%s", encoded)
	}
	for _, s := range run.Servers {
		if len(s.Rounds) != 2 || s.Rounds[0].Requests == 0 || s.Rounds[0].PerSecond == 0 || s.Rounds[0].P99 < s.Rounds[0].P50 {
			t.Errorf("the rounds of %s are %+v", s.Name, s.Rounds)
		}
		started := s.Name != "other"
		if measured := len(s.Boots) == 2 && s.Binary > 0; measured != started {
			t.Errorf("%s: %d boots, %d bytes", s.Name, len(s.Boots), s.Binary)
		}
	}
}

func TestWrongAnswersFailTheRun(t *testing.T) {
	var probed atomic.Bool
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if probed.CompareAndSwap(false, true) {
			_, _ = w.Write([]byte("right"))
			return
		}
		http.Error(w, "overloaded", http.StatusServiceUnavailable)
	}))
	defer peer.Close()
	md := filepath.Join(t.TempDir(), "out.md")
	o := short(t, "--peer", "other="+peer.URL, "--connections", "1", "--boots", "1", "--md", md)

	var out, log strings.Builder
	err := bench(t.Context(), o, &out, &log)
	if err == nil || !strings.Contains(err.Error(), "other in round 1: 10 wrong answers") || !strings.Contains(err.Error(), "503") {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(md); err == nil || out.Len() > 0 {
		t.Error("a run that failed is published")
	}
	leavesNothing(t)
}

// interrupter ends a context when a line of progress is what it waits for.
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

func TestInterruptStopsEverything(t *testing.T) {
	for _, line := range []string{
		"building ./servers/constant", "boot 1 of 2: constant", "starting constant", "round 1 of 2: raw-redis",
	} {
		t.Run(line, func(t *testing.T) {
			o := short(t, "--duration", "1h")
			patient, give := context.WithTimeout(t.Context(), time.Minute)
			defer give()
			ctx, cancel := context.WithCancel(patient)
			defer cancel()
			var out strings.Builder
			err := bench(ctx, o, &out, interrupter{line, cancel})
			if err == nil || out.Len() > 0 || patient.Err() != nil {
				t.Errorf("the run went on: error %v, output %q", err, out.String())
			}
			leavesNothing(t)
		})
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
