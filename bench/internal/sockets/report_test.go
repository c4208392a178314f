package sockets

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// took returns a round of a second in which a message took that many
// milliseconds.
func took(messages int, p50, p99 float64) Round {
	ms := float64(time.Millisecond)
	return Round{
		Messages: messages, Elapsed: time.Second, P50: time.Duration(p50 * ms), P99: time.Duration(p99 * ms),
		CPU: time.Duration(messages) * 20 * time.Microsecond,
	}
}

// example returns a run of which every number is known.
func example() *Run {
	return &Run{
		Machine:  report.Machine{Cores: 2, System: "linux/amd64", Go: "go1.26.8", Redis: "7.0.15"},
		Settings: Settings{Rounds: 3, Duration: 2 * time.Second, Nodes: 3, Hold: 45 * time.Second},
		RoundTrips: []*Load{{Sockets: 1, ClientCPU: 5 * time.Microsecond, Servers: []*Server{
			{Name: "by-hand", Rounds: []Round{took(20000, 0.05, 0.1), took(10000, 0.1, 0.2), took(22000, 0.04, 0.1)}},
			{Name: "keryx", Ours: true, Rounds: []Round{took(19000, 0.05, 0.1), took(9900, 0.1, 0.2), took(22000, 0.04, 0.1)}},
		}}},
		Broadcasts: []*Load{{Sockets: 1, InFlight: 1, ClientCPU: 20 * time.Microsecond, Servers: []*Server{
			{Name: "by-hand", Rounds: []Round{took(5000, 0.2, 0.5)}}, {Name: "keryx", Ours: true, Rounds: []Round{took(5500, 0.2, 0.5)}},
		}}, {Sockets: 1000, InFlight: 8, ClientCPU: 12340 * time.Nanosecond, Servers: []*Server{
			{Name: "by-hand", Rounds: []Round{took(100000, 10, 20)}},
			{Name: "keryx", Ours: true, Rounds: []Round{{Messages: 120000, Elapsed: time.Second, P50: time.Millisecond, P99: time.Second}}},
		}}},
		Histories: []*Load{{Sockets: 10, InFlight: 8, ClientCPU: 9 * time.Microsecond, Servers: []*Server{
			{Name: withoutHistory, Rounds: []Round{took(50000, 0.2, 0.5)}}, {Name: withHistory, Ours: true, Rounds: []Round{took(45000, 0.2, 0.5)}},
		}}},
		Recovery: []*Recovery{{Sockets: 1000, Missed: 100, Rounds: []Round{took(100000, 300, 800), took(100000, 310, 820), took(100000, 290, 810)}}},
		Members: []*Members{
			{Name: "by-hand", Sockets: 5000, Before: 5e6, Open: 65e6, Joined: 105e6, Used: 120e6},
			{Name: "keryx", Sockets: 5000, Before: 6e6, Open: 46e6, Joined: 51e6, Used: 80e6},
		},
		Idle: []*Idle{
			{Name: "by-hand", Sockets: 10000, Opening: 1234 * time.Millisecond, Before: 8e6, Open: 308e6, Held: 300e6},
			{Name: "keryx", Ours: true, Sockets: 10000, Opening: 2 * time.Second, Before: 14e6, Open: 250e6, Held: 264e6},
		},
	}
}

func TestText(t *testing.T) { benchtest.Golden(t, "tables.txt", example().Report().Text()) }

func TestMarkdown(t *testing.T) {
	benchtest.Golden(t, "tables.md", example().Report().Markdown("cd bench && go run . sockets", "chart.svg"))
}

func TestChart(t *testing.T) { benchtest.Chart(t, example().Report().Chart) }

func TestReportOfNothing(t *testing.T) {
	unknown := &Run{
		RoundTrips: []*Load{{Sockets: 1, Servers: []*Server{{Name: "keryx", Rounds: []Round{took(1, 1, 1)}}}}},
		Idle:       []*Idle{{Name: "keryx", Sockets: 1}},
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

func TestSamplesAddUp(t *testing.T) {
	var all sample
	all.add(sample{messages: 2, elapsed: time.Second, latencies: []time.Duration{3, 1}})
	all.add(sample{messages: 1, elapsed: time.Second, latencies: []time.Duration{2}})
	if got, want := all.round(7), (Round{Messages: 3, Elapsed: 2 * time.Second, P50: 2, P99: 3, CPU: 7}); got != want {
		t.Errorf("the round is %+v, expected %+v", got, want)
	}
}

func TestTurnsOfMuchAreLonger(t *testing.T) {
	for messages, want := range map[int]time.Duration{1: turn, 1000: turn, 1001: 2 * turn, 8000: 8 * turn} {
		if got := turnFor(messages); got != want {
			t.Errorf("with %d messages under way a turn is %v, expected %v", messages, got, want)
		}
	}
}
