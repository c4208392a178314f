package scaling

import (
	"maps"
	"slices"
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
	r, err := benchtest.Runner(t, Suite(), append([]string{
		"--rounds", "2", "--duration", "50ms", "--channels", "4", "--nodes", "2,1", "--sockets", "2", "--window", "6s",
		"--rooms", "20", "--members", "3", "--times", "40",
	}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return r.(*options)
}

// measure runs parts of the suite.
func measure(t *testing.T, parts string) *Run {
	t.Helper()
	var log strings.Builder
	measured, err := short(t, "--parts", parts).Run(t.Context(), benchtest.Session(t, &log))
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	benchtest.NoChildren(t)
	if text := measured.Text(); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Errorf("the report is:\n%s", text)
	}
	return measured.Data.(*Run)
}

func TestMasters(t *testing.T) {
	run := measure(t, "masters")
	if len(run.Masters) != 3 || len(run.Control)+len(run.Costs) > 0 || run.Machine.Redis == "" {
		t.Fatalf("the run is %+v", run)
	}
	for _, c := range run.Masters {
		if len(c.Rounds) != 2 {
			t.Fatalf("%s has %d rounds", c.Name, len(c.Rounds))
		}
		for _, r := range c.Rounds {
			if r.Messages < 4*c.Masters || len(r.CPU) != c.Masters || slices.Min(r.CPU) <= 0 || r.Elapsed < 50*time.Millisecond {
				t.Errorf("%s: %+v", c.Name, r)
			}
		}
	}
}

// TestControl: six seconds are three proofs and six looks at the orders of each node, and
// one look at the session of each socket, if not two.
func TestControl(t *testing.T) {
	run := measure(t, "control")
	if len(run.Control) != 2 {
		t.Fatalf("the run is %+v", run)
	}
	for i, f := range run.Control {
		nodes := int64(i + 1)
		if f.Nodes != int(nodes) || f.Listeners != nodes || f.Connections < 2*nodes || f.Memory <= 0 || f.Usage.In <= 0 || f.Usage.Out <= 0 {
			t.Errorf("%+v", f)
		}
		for name, want := range map[string][2]int64{
			"publish": {2, 4}, "del": {2, 4}, "info": {2, 4}, "client|info": {2, 4}, "ping": {2, 4}, "xrange": {5, 7}, "getrange": {2, 4},
		} {
			if got := f.Usage.Commands[name]; got < want[0]*nodes || got > want[1]*nodes {
				t.Errorf("%d nodes have called %s %d times", nodes, name, got)
			}
		}
	}
}

func TestOperations(t *testing.T) {
	run := measure(t, "operations")
	var names []string
	for _, c := range run.Costs {
		names = append(names, c.Name)
		if c.Times < 20 || c.Usage.CPU <= 0 || c.Usage.In <= 0 || c.Usage.Out <= 0 {
			t.Errorf("%+v", c)
		}
		commands := slices.Sorted(maps.Keys(c.Usage.Commands))
		switch {
		case strings.HasPrefix(c.Name, "broadcast") && !strings.HasSuffix(c.Name, "history"):
			if n := c.Usage.Commands["publish"]; n < 40 || n > 60 || c.sent() < 40 { // proofs are published, too
				t.Errorf("%s: %v", c.Name, c.Usage.Commands)
			}
		case strings.HasSuffix(c.Name, "one at a time"):
			if n := c.Usage.Commands["evalsha"]; n < 40 || n > 60 || c.sent() > 80 {
				t.Errorf("%s: %v", c.Name, c.Usage.Commands)
			}
		case len(commands) == 0:
			t.Errorf("%s has no commands", c.Name)
		}
	}
	if len(names) != 11 {
		t.Errorf("the operations are %q", names)
	}
	if s := run.Stored; s.perMember() < 50 || s.perMember() > 2000 || s.perChannel() < 100 || s.perSession() < 100 {
		t.Errorf("stored: %+v", s)
	}
}

func TestInterruptStopsEverything(t *testing.T) {
	for part, line := range map[string]string{
		"masters": "broadcasts through 3 clusters", "control": "traffic without messages", "operations": "20 channels, each with 3 members",
	} {
		t.Run(part, func(t *testing.T) {
			benchtest.Interrupted(t, short(t, "--parts", part, "--rounds", "1000", "--window", "1h"), line)
		})
	}
}

func TestWrongOptions(t *testing.T) {
	benchtest.WrongOptions(t, Suite(), map[string][]string{
		"--rounds is 0":          {"--rounds", "0"},
		"--duration is 0s":       {"--duration", "0"},
		"--channels is 0":        {"--channels", "0"},
		"--window is -1s":        {"--window", "-1s"},
		"--sockets is -1":        {"--sockets", "-1"},
		"--rooms is 0":           {"--rooms", "0"},
		"--members is 1":         {"--members", "1"},
		"--times is 0":           {"--times", "0"},
		`--nodes has "0"`:        {"--nodes", "1,0"},
		`--nodes has "201"`:      {"--nodes", "201"},
		`--parts names "others"`: {"--parts", "others"},
	})
}

func TestDefaults(t *testing.T) {
	r, err := benchtest.Runner(t, Suite())
	if err != nil {
		t.Fatal(err)
	}
	if o := r.(*options); !slices.Equal(o.fleets(), []int{1, 10, 50}) || o.window != 30*time.Second || o.rounds != 7 {
		t.Errorf("the defaults are %+v", o)
	}
	if got := short(t).fleets(); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("the fleets are %v", got)
	}
}

// TestWrongTexts: a text that is missing, or comes twice, ends the turn.
func TestWrongTexts(t *testing.T) {
	for name, numbers := range map[string][]int{"missing": {1, 3}, "twice": {1, 2, 2}} {
		t.Run(name, func(t *testing.T) {
			if err := hear(t, numbers...); err == nil || !strings.Contains(err.Error(), "room:1 got text") {
				t.Errorf("the error is %v", err)
			}
		})
	}
	if err := hear(t, 1, 2, 3); err != nil {
		t.Error(err)
	}
}
