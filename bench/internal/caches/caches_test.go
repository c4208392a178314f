package caches

import (
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
	"github.com/keryx-go/keryx/bench/internal/caches/contender"
	"github.com/keryx-go/keryx/bench/internal/caches/worker"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// The workers of the tests are this test program.
func TestMain(m *testing.M) {
	if IsWorker(os.Args) {
		os.Exit(Work())
	}
	goleak.VerifyTestMain(m)
}

// short returns the options of a run that takes a moment.
func short(t *testing.T, args ...string) *options {
	t.Helper()
	benchtest.NeedRedis(t)
	r, err := benchtest.Runner(t, Suite(), append([]string{
		"--rounds", "1", "--outages", "1", "--processes", "2", "--callers", "20", "--reading", "300ms", "--only", "keryx,by-hand",
	}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return r.(*options)
}

func TestRun(t *testing.T) {
	o := short(t, "--deadline", "2s")
	var log strings.Builder
	measured, err := o.Run(t.Context(), benchtest.Session(t, &log))
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	benchtest.NoChildren(t)
	run := measured.Data.(*Run)
	if len(run.Contenders) != 2 || run.Machine.Redis == "" {
		t.Fatalf("the run is %+v", run)
	}
	for _, c := range run.Contenders {
		if len(c.Stampedes) != 1 || len(c.Invalidations) != 1 || len(c.Refused) != 1 || len(c.Paused) != 1 {
			t.Fatalf("not all is measured of %s: %+v", c.Name, c)
		}
	}
	keryx, byHand := run.Contenders[0], run.Contenders[1]
	if s := keryx.Stampedes[0]; s.Loads != 1 || s.Values[value] != 40 || s.Waits[0] < o.load {
		t.Errorf("keryx: a stampede has %d loads and the values %v", s.Loads, s.Values)
	}
	if s := byHand.Stampedes[0]; s.Loads < 2 {
		t.Errorf("by hand: a stampede has %d loads: it has not come at once", s.Loads)
	}
	if i := keryx.Invalidations[0]; i.all().Stale != 0 || i.SameClient.Total*i.SameProcess.Total*i.Others.Total == 0 {
		t.Errorf("keryx: reads after an invalidation are %+v", i)
	}
	if i := byHand.Invalidations[0]; i.all().Stale == 0 {
		t.Errorf("by hand: reads after an invalidation are %+v: it was not in the middle of a load", i)
	}
	for name, o := range map[string]Outage{"refused": keryx.Refused[0], "paused": keryx.Paused[0]} {
		if o.First.Values[value] != outageCallers || o.Next.Values[value] != outageCallers || o.First.Loads < 1 {
			t.Errorf("keryx, %s: %+v", name, o)
		}
	}
	if p := byHand.Paused[0].First; p.Errors != outageCallers || p.Loads != 0 || p.Waits[0] < o.deadline-time.Millisecond {
		t.Errorf("by hand, paused: %d errors, %d loads, the first after %v", p.Errors, p.Loads, p.Waits[0])
	}
}

func TestInterruptStopsEverything(t *testing.T) {
	for _, line := range []string{"stampede, round 1 of 1: keryx", "invalidation, round 1 of 1: keryx", "paused, round 1 of 1: keryx"} {
		t.Run(line, func(t *testing.T) {
			part, _, _ := strings.Cut(line, ",")
			benchtest.Interrupted(t, short(t, "--parts", part, "--load", "1h", "--deadline", "2h"), line)
		})
	}
}

func TestWrongOptions(t *testing.T) {
	benchtest.WrongOptions(t, Suite(), map[string][]string{
		"--rounds is 0":         {"--rounds", "0"},
		"--outages is 0":        {"--outages", "0"},
		"--processes is 1":      {"--processes", "1"},
		"--callers is 0":        {"--callers", "0"},
		"--load is 0s":          {"--load", "0"},
		"--deadline is -1s":     {"--deadline", "-1s"},
		"--reading is 0s":       {"--reading", "0"},
		`--only names "nobody"`: {"--only", "nobody"},
		`--parts names "flood"`: {"--parts", "flood"},
	})
}

// waited returns the answers of callers that waited this long.
func waited(answers worker.Answers, milliseconds ...int) worker.Answers {
	for _, ms := range milliseconds {
		answers.Waits = append(answers.Waits, time.Duration(ms)*time.Millisecond)
	}
	return answers
}

func TestReport(t *testing.T) {
	got := func(n int) worker.Answers { return worker.Answers{Values: map[string]int{value: n}} }
	keryx := Outage{First: Batch{1, waited(got(2), 51, 52)}, Next: Batch{1, waited(got(2), 50, 50)}}
	other := Outage{First: Batch{0, waited(worker.Answers{Errors: 2}, 5000, 5001)}, Next: Batch{2, waited(worker.Answers{
		Values: map[string]int{value: 1}, Errors: 1, Missing: 1,
	}, 20, 5000)}}
	run := &Run{
		Machine:  report.Machine{Cores: 2, System: "linux/amd64", Go: "go1.26.8", Redis: "7.0.15"},
		Settings: Settings{Rounds: 2, Outages: 1, Processes: 3, Callers: 334, Load: 50 * time.Millisecond, Deadline: 5 * time.Second, Reading: time.Second},
		Contenders: []*Contender{{
			Contender: contender.Contender{Name: "keryx", Ours: true, URL: "caching.md", Setup: "as it is."}, Name: "keryx",
			Stampedes:     []Stampede{{1, waited(got(2), 50, 51)}, {1, waited(got(2), 52, 60)}},
			Invalidations: []Invalidation{{worker.Reads{Total: 10}, worker.Reads{Total: 10}, worker.Reads{Total: 20}}},
			Refused:       []Outage{keryx}, Paused: []Outage{keryx},
		}, {
			Contender: contender.Contender{Name: "other", URL: "https://example.com", Setup: "with defaults."}, Name: "other", Version: "v1.2.3",
			Stampedes: []Stampede{{900, waited(got(2), 70, 90)}, {1002, waited(worker.Answers{Errors: 2}, 80, 100)}},
			Invalidations: []Invalidation{{
				worker.Reads{Total: 10, Stale: 10, LastStale: 999 * time.Millisecond}, worker.Reads{Total: 1000, Stale: 1}, worker.Reads{},
			}},
			Paused: []Outage{other},
		}},
	}
	r := run.Report()
	benchtest.Golden(t, "tables.md", r.Markdown("cd bench && go run . caches", "chart.svg"))
	benchtest.Chart(t, r.Chart)
}
