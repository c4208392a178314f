package fetch

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
	"github.com/keryx-go/keryx/bench/internal/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	benchtest.NeedRedis(t)
	r, err := benchtest.Runner(t, Suite(), "--rounds", "2", "--duration", "40ms", "--goroutines", "2,1,2", "--round-trips", "1ms,0")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	measured, err := r.Run(t.Context(), benchtest.Session(t, &log))
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	benchtest.NoChildren(t)
	run := measured.Data.(*Run)
	if len(run.Pairs) != 8 || run.Pairs[0].RoundTrip != 0 || run.Pairs[7].RoundTrip != time.Millisecond || run.Machine.Redis == "" {
		t.Fatalf("the run is %+v", run)
	}
	for _, p := range run.Pairs {
		if len(p.Raw) != 2 || len(p.Fetch) != 2 {
			t.Fatalf("%+v", p)
		}
		for _, s := range []Sample{p.Raw[0], p.Raw[1], p.Fetch[0], p.Fetch[1]} {
			if s.Calls < 1 || s.Elapsed <= 0 {
				t.Errorf("%s at %d: %+v", p.Name, p.Goroutines, s)
			}
		}
		for _, a := range []Allocated{p.RawAllocated, p.FetchAllocated} {
			if a.Objects < 1 || a.Bytes < 1 {
				t.Errorf("%s at %d: %+v", p.Name, p.Goroutines, a)
			}
		}
	}
}

func TestInterruptStopsEverything(t *testing.T) {
	benchtest.NeedRedis(t)
	r, err := benchtest.Runner(t, Suite(), "--duration", "1h")
	if err != nil {
		t.Fatal(err)
	}
	benchtest.Interrupted(t, r, "hit at 1 goroutine")
}

func TestWrongOptions(t *testing.T) {
	benchtest.WrongOptions(t, Suite(), map[string][]string{
		"--rounds is 0":         {"--rounds", "0"},
		"--duration is 0s":      {"--duration", "0"},
		`--goroutines has "0"`:  {"--goroutines", "1,0"},
		`--goroutines has "x"`:  {"--goroutines", "x"},
		`--round-trips has "x"`: {"--round-trips", "1ms,x"},
		`--only names "others"`: {"--only", "others"},
	})
}

func TestCallsThatFailEndTheRun(t *testing.T) {
	broken := errors.New("it broke")
	c := &caller{key: func(int64) string { return "" }, goroutines: 4}
	_, err := c.run(t.Context(), func(context.Context, string) error { return broken }, time.Hour)
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

func TestReport(t *testing.T) {
	took := func(microseconds int) Sample {
		return Sample{Calls: 10, Elapsed: 10 * time.Duration(microseconds) * time.Microsecond}
	}
	r := (&Run{
		Machine: report.Machine{Cores: 2, System: "linux/amd64", Go: "go1.26.8", Redis: "7.0.15"}, Duration: time.Second, Rounds: 3,
		Pairs: []*Pair{{
			Name: "hit", ByHand: "GET, json.Unmarshal", Goroutines: 1,
			Raw: []Sample{took(10), took(20), took(10)}, Fetch: []Sample{took(11), took(20), took(12)},
			RawAllocated: Allocated{10, 500}, FetchAllocated: Allocated{12.5, 600},
		}, {
			Name: "miss", ByHand: "GET, json.Marshal, SET", Goroutines: 64, RoundTrip: time.Millisecond,
			Raw: []Sample{took(20)}, Fetch: []Sample{took(30)},
			RawAllocated: Allocated{20, 900}, FetchAllocated: Allocated{60, 2900},
		}},
	}).Report()
	benchtest.Golden(t, "table.md", r.Markdown("cd bench && go run . fetch", "chart.svg"))
	benchtest.Chart(t, r.Chart)
}
