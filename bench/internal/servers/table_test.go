package servers

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// sample returns a run with fixed numbers.
func sample() *Run {
	ms := time.Millisecond
	return &Run{
		Machine:      report.Machine{Cores: 2, System: "linux/amd64", Go: "go1.26.8", Redis: "7.0.15"},
		Settings:     Settings{Connections: 64, Duration: 5 * time.Second, Warmup: time.Second, Rounds: 3, Boots: 2},
		Baseline:     "raw-redis",
		GeneratorCPU: 8100 * time.Nanosecond,
		Servers: []*Server{{
			Name: "raw-redis", Boots: []time.Duration{4 * ms, 6 * ms}, IdleRSS: 10_000_000, LoadedRSS: 20_000_000, Binary: 6_543_210,
			Rounds: []Round{
				{PerSecond: 20000, P50: 3 * ms, P99: 9 * ms, CPU: 30 * time.Microsecond},
				{PerSecond: 10000, P50: 6 * ms, P99: 18 * ms, CPU: 31 * time.Microsecond},
				{PerSecond: 22000, P50: 2 * ms, P99: 8 * ms, CPU: 32 * time.Microsecond},
			},
		}, {
			Name: "keryx", Ours: true, Boots: []time.Duration{40 * ms}, IdleRSS: 25_000_000, LoadedRSS: 31_000_000, Binary: 21_000_000,
			Rounds: []Round{
				{PerSecond: 19000, P50: 3300 * time.Microsecond, P99: 10 * ms, CPU: 33 * time.Microsecond},
				{PerSecond: 9800, P50: 6 * ms, P99: 19 * ms, CPU: 33 * time.Microsecond},
				{PerSecond: 22000, P50: 2 * ms, P99: 8 * ms, CPU: 32 * time.Microsecond},
			},
		}, {
			Name: "keryx-embedded", Ours: true, Boots: []time.Duration{30 * ms}, IdleRSS: 28_000_000, Binary: 21_000_000,
		}, {
			Name:   `a <b> & "c" | d`,
			Rounds: []Round{{PerSecond: 1234567, P50: ms, P99: ms}, {PerSecond: 123, P50: ms, P99: ms}, {PerSecond: 999, P50: ms, P99: ms}},
		}},
	}
}

func TestText(t *testing.T) { benchtest.Golden(t, "table.txt", sample().Report().Text()) }

func TestMarkdown(t *testing.T) {
	benchtest.Golden(t, "table.md", sample().Report().Markdown("cd bench && go run . servers --rounds 3", "chart.svg"))
}

func TestChart(t *testing.T) { benchtest.Chart(t, sample().Report().Chart) }

func TestReportOfNothing(t *testing.T) {
	r := (&Run{}).Report()
	chart, err := r.Chart.SVG()
	if err != nil || strings.Contains(chart+r.Text(), "NaN") {
		t.Errorf("error %v, chart:\n%s", err, chart)
	}
}

func TestJSON(t *testing.T) {
	encoded, err := json.Marshal(sample().Report().Data)
	if err != nil {
		t.Fatal(err)
	}
	var again Run
	if err := json.Unmarshal(encoded, &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&again, sample()) {
		t.Errorf("the run is not the same after encoding and decoding:\n%s", encoded)
	}
}
