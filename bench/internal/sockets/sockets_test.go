package sockets

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short returns the options of a run that takes a moment.
func short(t *testing.T, args ...string) *options {
	t.Helper()
	benchtest.NeedRedis(t)
	t.Chdir("../..") // where the benchmark is run, to find the programs
	r, err := benchtest.Runner(t, Suite(), append([]string{
		"--rounds", "2", "--duration", "40ms", "--connections", "3,1", "--sockets", "2,7", "--in-flight", "3", "--nodes", "2",
		"--idle", "50", "--hold", "10ms", "--members", "40", "--returning", "6", "--missed", "4",
	}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	o := r.(*options)
	o.settle = 0
	return o
}

func TestRun(t *testing.T) {
	var log strings.Builder
	measured, err := short(t).Run(t.Context(), benchtest.Session(t, &log))
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	benchtest.NoChildren(t)
	run := measured.Data.(*Run)
	if len(run.RoundTrips) != 2 || len(run.Broadcasts) != 2 || len(run.Idle) != 2 || len(run.Members) != 2 || run.Machine.Redis == "" {
		t.Fatalf("the run is %+v", run)
	}
	for i, want := range [][2]int{{1, 0}, {3, 0}, {2, 3}, {7, 3}} {
		l := append(run.RoundTrips, run.Broadcasts...)[i]
		if got := [2]int{l.Sockets, l.InFlight}; got != want || len(l.Servers) != 2 {
			t.Errorf("load %d has %v and %d servers, expected %v", i, got, len(l.Servers), want)
		}
		for _, s := range l.Servers {
			if len(s.Rounds) != 2 {
				t.Fatalf("%s has %d rounds", s.Name, len(s.Rounds))
			}
			if r := s.Rounds[1]; r.Messages < l.Sockets || r.Messages%l.Sockets != 0 && want[1] > 0 || r.Elapsed <= 0 || r.P50 <= 0 || r.P99 < r.P50 {
				t.Errorf("%s over %d sockets: %+v", s.Name, l.Sockets, r)
			}
		}
	}
	if len(run.Histories) != 2 || len(run.Histories[1].Servers) != 2 || run.Histories[1].Servers[1].Name != withHistory {
		t.Errorf("the histories are %+v", run.Histories)
	}
	if len(run.Recovery) != 1 || len(run.Recovery[0].Rounds) != 2 || run.Recovery[0].Rounds[1].Messages != 6*4 {
		t.Errorf("the recovery is %+v", run.Recovery)
	}
	for _, m := range run.Members {
		if m.Sockets != 40 || m.Before <= 0 || m.Open <= m.Before || m.Used <= m.Before {
			t.Errorf("the memory is %+v", m)
		}
	}
	for _, i := range run.Idle {
		if i.Sockets != 50 || i.Opening <= 0 || (i.Before > 0) != (i.Held > 0) {
			t.Errorf("idle: %+v", i)
		}
	}
	if text := log.String(); !strings.Contains(text, "broadcasts to 7 sockets, 3 in flight, 2 rounds") {
		t.Errorf("progress:\n%s", text)
	}
}

func TestOnePartOfOneServer(t *testing.T) {
	measured, err := short(t, "--parts", "round-trips", "--only", "keryx").Run(t.Context(), benchtest.Session(t, t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	run := measured.Data.(*Run)
	if len(run.RoundTrips) != 2 || len(run.RoundTrips[0].Servers) != 1 || len(run.Broadcasts)+len(run.Idle) > 0 {
		t.Errorf("the run is %+v", run)
	}
	if text := measured.Text(); strings.Contains(text, "NaN") || strings.Contains(text, "Broadcasts over") {
		t.Errorf("the report is:\n%s", text)
	}
}

func TestInterruptStopsEverything(t *testing.T) {
	for _, line := range []string{
		"building ./servers/sockets/keryx", "round trips over 3 sockets", "broadcasts to 7 sockets", "recovery: 6 subscribers", "50 sockets idle for 1h0m0s: by-hand",
	} {
		t.Run(line, func(t *testing.T) {
			benchtest.Interrupted(t, short(t, "--hold", "1h", "--rounds", "2"), line)
		})
	}
}

func TestWrongOptions(t *testing.T) {
	benchtest.WrongOptions(t, Suite(), map[string][]string{
		"--rounds is 0":          {"--rounds", "0"},
		"--duration is 0s":       {"--duration", "0"},
		"--nodes is 0":           {"--nodes", "0"},
		"--idle is 0":            {"--idle", "0"},
		"--members is 0":         {"--members", "0"},
		"--returning is 0":       {"--returning", "0"},
		"--missed is 0":          {"--missed", "0"},
		"--missed is 1001":       {"--missed", "1001"},
		"--hold is -1s":          {"--hold", "-1s"},
		`--connections has "x"`:  {"--connections", "1,x"},
		`--sockets has "0"`:      {"--sockets", "0"},
		`--sockets has "20001"`:  {"--sockets", "20001"},
		`--in-flight has "101"`:  {"--in-flight", "101"},
		`--only names "nobody"`:  {"--only", "nobody"},
		`--parts names "others"`: {"--parts", "others"},
	})
}

func TestTooManySocketsForTheSystem(t *testing.T) {
	if openFiles() > 1<<24 {
		t.Skip("there is no limit")
	}
	r, err := benchtest.Runner(t, Suite(), "--idle", "100000000")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(t.Context(), benchtest.Session(t, t.Output())); err == nil || !strings.Contains(err.Error(), "ulimit -n") {
		t.Errorf("the error is %v", err)
	}
	r, err = benchtest.Runner(t, Suite(), "--idle", "100000000", "--parts", "round-trips")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.(*options).checkFiles(); err != nil {
		t.Errorf("a part that has few sockets: %v", err)
	}
}

func TestDefaults(t *testing.T) {
	r, err := benchtest.Runner(t, Suite())
	if err != nil {
		t.Fatal(err)
	}
	if o := r.(*options); o.idle != 10000 || o.nodes != 3 || o.settle != time.Second || o.duration != 2*time.Second {
		t.Errorf("the defaults are %+v", o)
	}
}

func TestOrigins(t *testing.T) {
	for i, want := range map[int]string{0: "", maxPorts - 1: "", maxPorts: "127.0.0.2", 2*maxPorts + 1: "127.0.0.3"} {
		if got := origin(i); got != want {
			t.Errorf("socket %d comes from %q, expected %q", i, got, want)
		}
	}
}
