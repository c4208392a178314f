package scaling

import (
	"context"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/channel"
)

// hear delivers texts to a subscriber, and returns the error of the turn.
func hear(t *testing.T, numbers ...int) error {
	t.Helper()
	now := newTurn(t.Context())
	defer now.fail(nil)
	now.awaited.Add(int64(len(numbers)))
	e := &ear{id: "1", current: new(atomic.Pointer[turn])}
	e.current.Store(now)
	for _, n := range numbers {
		e.Deliver(&channel.Message{Channel: "room:1", Sender: sender, Payload: json.RawMessage(strconv.Quote(text(n)))})
	}
	return context.Cause(now)
}

// round returns a round of a second, with the processor time of each master in ms.
func round(messages int, cpu ...int) Round {
	r := Round{Messages: messages, Elapsed: time.Second}
	for _, ms := range cpu {
		r.CPU = append(r.CPU, time.Duration(ms)*time.Millisecond)
	}
	return r
}

// example returns a run of which every number is known.
func example() *Run {
	used := func(n int64) Usage {
		return Usage{Elapsed: 10 * time.Second, CPU: time.Duration(n) * 20 * time.Millisecond, In: 4000 * n, Out: 8000 * n, Commands: map[string]int64{
			"publish": 5 * n, "del": 5 * n, "info": 5 * n, "client|info": 5 * n, "ping": 5 * n, "xrange": 10 * n, "getrange": 40 * n,
			"evalsha": 3 * n, "zadd": 3 * n, "pexpire": 50 * n, "hello": 7, "client|setname": 7,
		}}
	}
	return &Run{
		Machine:  report.Machine{Cores: 2, System: "linux/amd64", Go: "go1.26.8", Redis: "7.0.15"},
		Settings: Settings{Rounds: 3, Duration: time.Second, Channels: 60, Nodes: 3, Sockets: 20, Window: 10 * time.Second, Times: 1000},
		Masters: []*Cluster{
			{Name: "1 master", Masters: 1, Rounds: []Round{round(10000, 100), round(20000, 200), round(10000, 110)}},
			{Name: "3 masters, sharded topics", Masters: 3, Ours: true, Rounds: []Round{round(10000, 30, 40, 30), round(9000, 30, 30, 30), round(8000, 24, 30, 24)}},
			{Name: "3 masters, as before Redis 7", Masters: 3, Rounds: []Round{round(10000, 100, 90, 90), round(9000, 90, 80, 80), round(8000, 80, 80, 80)}},
		},
		Control: []*Fleet{
			{Nodes: 1, Usage: used(1), Listeners: 1, Connections: 12, Memory: 2e6},
			{Nodes: 10, Usage: used(10), Listeners: 10, Connections: 120, Memory: 4e6},
			{Nodes: 50, Usage: used(50), Listeners: 50, Connections: 600, Memory: 12e6},
		},
		Costs: []*Cost{
			{Name: "join", Times: 1000, Usage: Usage{CPU: 45 * time.Millisecond, In: 350000, Out: 124000, Commands: map[string]int64{
				"evalsha": 1000, "subscribe": 100, "publish": 1000, "zadd": 4000,
			}}},
			{Name: "broadcast", Times: 2000, Usage: Usage{CPU: 12 * time.Millisecond, In: 400000, Out: 400000, Commands: map[string]int64{"publish": 2000}}},
		},
		Stored: &Stored{Channels: 1000, Members: 10, Empty: 1e6, First: 2e6, Full: 3.8e6, Sessions: 1000, SessionBytes: 500000},
	}
}

func TestText(t *testing.T) { benchtest.Golden(t, "tables.txt", example().Report().Text()) }

func TestMarkdown(t *testing.T) {
	benchtest.Golden(t, "tables.md", example().Report().Markdown("cd bench && go run . scaling", "chart.svg"))
}

func TestChart(t *testing.T) { benchtest.Chart(t, example().Report().Chart) }

func TestReportOfNothing(t *testing.T) {
	unknown := &Run{
		Masters: []*Cluster{{Name: "1 master", Masters: 1, Rounds: []Round{round(1, 0)}}},
		Control: []*Fleet{{Nodes: 1, Usage: Usage{Elapsed: time.Second}}, {Nodes: 2, Usage: Usage{Elapsed: time.Second}}},
		Costs:   []*Cost{{Name: "join", Times: 1}},
	}
	for _, r := range []*Run{{}, unknown} {
		out := r.Report()
		chart, err := out.Chart.SVG()
		if err != nil || strings.Contains(chart+out.Text(), "NaN") || strings.Contains(out.Text(), "Inf") {
			t.Errorf("error %v, text:\n%s\nchart:\n%s", err, out.Text(), chart)
		}
	}
}

func TestJSON(t *testing.T) {
	encoded, err := json.Marshal(example().Report().Data)
	if err != nil {
		t.Fatal(err)
	}
	var again Run
	if err := json.Unmarshal(encoded, &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&again, example()) {
		t.Errorf("the run is not the same after encoding and decoding:\n%s", encoded)
	}
}

func TestUsageOfAServer(t *testing.T) {
	benchtest.NeedRedis(t)
	s, err := startServer(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	before, err := s.usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 7 {
		if err := s.client.Set(t.Context(), "key", "value", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.client.EvalSha(t.Context(), strings.Repeat("0", 40), nil).Err(); err == nil {
		t.Fatal("there is a script")
	}
	after, err := s.usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := after.since(before).Commands, map[string]int64{"set": 7}; !reflect.DeepEqual(got, want) {
		t.Errorf("the commands are %v, expected %v", got, want)
	}
}
