package report_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample returns a run of which every number is known.
func sample() *report.Run {
	ms := time.Millisecond
	return &report.Run{
		Command:      "cd bench && go run . --rounds 3",
		Machine:      report.Machine{Cores: 2, System: "linux/amd64", Go: "go1.26.8", Redis: "7.0.15"},
		Settings:     report.Settings{Connections: 64, Duration: 5 * time.Second, Warmup: time.Second, Rounds: 3, Boots: 2},
		Baseline:     "raw-redis",
		GeneratorCPU: 8100 * time.Nanosecond,
		Servers: []*report.Server{{
			Name: "raw-redis", Boots: []time.Duration{4 * ms, 6 * ms}, IdleRSS: 10_000_000, LoadedRSS: 20_000_000, Binary: 6_543_210,
			Rounds: []report.Round{
				{PerSecond: 20000, P50: 3 * ms, P99: 9 * ms, CPU: 30 * time.Microsecond},
				{PerSecond: 10000, P50: 6 * ms, P99: 18 * ms, CPU: 31 * time.Microsecond},
				{PerSecond: 22000, P50: 2 * ms, P99: 8 * ms, CPU: 32 * time.Microsecond},
			},
		}, {
			Name: "keryx", Ours: true, Boots: []time.Duration{40 * ms}, IdleRSS: 25_000_000, LoadedRSS: 31_000_000, Binary: 21_000_000,
			Rounds: []report.Round{
				{PerSecond: 19000, P50: 3300 * time.Microsecond, P99: 10 * ms, CPU: 33 * time.Microsecond},
				{PerSecond: 9800, P50: 6 * ms, P99: 19 * ms, CPU: 33 * time.Microsecond},
				{PerSecond: 22000, P50: 2 * ms, P99: 8 * ms, CPU: 32 * time.Microsecond},
			},
		}, {
			Name: "keryx-embedded", Ours: true, Boots: []time.Duration{30 * ms}, IdleRSS: 28_000_000, Binary: 21_000_000,
		}, {
			Name:   `a <b> & "c" | d`,
			Rounds: []report.Round{{PerSecond: 1234567, P50: ms, P99: ms}, {PerSecond: 123, P50: ms, P99: ms}, {PerSecond: 999, P50: ms, P99: ms}},
		}},
	}
}

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
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

func TestText(t *testing.T) { golden(t, "table.txt", sample().Text()) }

func TestMarkdown(t *testing.T) { golden(t, "table.md", sample().Markdown("chart.svg")) }

func TestChart(t *testing.T) {
	chart, err := sample().Chart()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "chart.svg", chart)
	decoder := xml.NewDecoder(strings.NewReader(chart))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the chart is no XML: %v", err)
		}
	}
	if strings.Contains(chart, "<script") || !strings.Contains(chart, "prefers-color-scheme:dark") {
		t.Error("the chart has a script, or no dark theme")
	}
}

func TestChartOfNothing(t *testing.T) {
	chart, err := (&report.Run{}).Chart()
	if err != nil || strings.Contains(chart, "NaN") {
		t.Errorf("error %v, chart:\n%s", err, chart)
	}
}

func TestJSON(t *testing.T) {
	encoded, err := sample().JSON()
	if err != nil {
		t.Fatal(err)
	}
	var again report.Run
	if err := json.Unmarshal(encoded, &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&again, sample()) {
		t.Errorf("the run is not the same after encoding and decoding:\n%s", encoded)
	}
}

func TestMedian(t *testing.T) {
	tests := []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 3}, 3},
		{[]float64{4, 1, 3, 100}, 3.5},
		{[]float64{2, 2, 2}, 2},
	}
	for _, test := range tests {
		if got := report.Median(test.values); got != test.want {
			t.Errorf("Median(%v) = %v, expected %v", test.values, got, test.want)
		}
	}
	if got := report.Median([]time.Duration{}); !math.IsNaN(got) {
		t.Errorf("Median of nothing = %v, expected NaN", got)
	}
	values := []float64{2, 1}
	if report.Median(values); values[0] != 2 {
		t.Error("Median has sorted the values of its caller")
	}
}

func TestUpdate(t *testing.T) {
	run := sample()
	table := run.Markdown("")
	const begin, end = "<!-- bench:http -->\n", "<!-- /bench:http -->"
	tests := map[string]struct{ file, want string }{
		"a new file":      {"", "# Benchmarks\n\n" + begin + table + end + "\n"},
		"an old table":    {"before\n" + begin + "old\n" + end + "\nafter\n", "before\n" + begin + table + end + "\nafter\n"},
		"the same table":  {"# B\n" + begin + table + end, "# B\n" + begin + table + end},
		"no markers":      {"# Benchmarks\n", ""},
		"no closing mark": {"# Benchmarks\n" + begin, ""},
		"closing first":   {end + begin, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := run.Update(test.file, "")
			if got != test.want || (err != nil) != (test.want == "") {
				t.Errorf("error %v, got:\n%s\nexpected:\n%s", err, got, test.want)
			}
		})
	}
}
