package report_test

import (
	"math"
	"testing"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/stats"
)

func sample() *report.Report {
	return &report.Report{
		Chart: report.Chart{
			Title: "Fruit", Subtitle: "by <weight>",
			Panels: []report.Panel{
				{Title: "Weight, g", Hint: "more is better", Bars: []report.Bar{
					{Label: "apple", Text: "120", Value: 120, Behind: 150},
					{Label: "pear", Text: "60", Value: 60, Behind: math.NaN(), Ours: true},
					{Label: "unknown", Text: "–", Value: math.NaN()},
					{Label: "nothing", Text: "0"},
				}},
				{Title: "Nobody measured this", Bars: []report.Bar{{Label: "apple", Value: math.NaN()}}},
			},
		},
		Parts: []report.Part{
			{
				Title: "Weights",
				Table: report.Table{Header: []string{"fruit", "g"}, Rows: [][]string{
					{report.Link("apple", "https://example.com/a"), "120"}, {`a <b> & "c" | d [e]`, "1,234"},
				}},
				Notes: []string{"Weighed by " + report.Link("hand", "hand.md") + ".", "Twice."},
			},
			{Notes: []string{"- one\n- two"}},
		},
	}
}

func TestText(t *testing.T) { benchtest.Golden(t, "report.txt", sample().Text()) }

func TestMarkdown(t *testing.T) {
	benchtest.Golden(t, "report.md", sample().Markdown("make bench", "chart.svg"))
}

func TestChart(t *testing.T) { benchtest.Chart(t, sample().Chart) }

func TestFormats(t *testing.T) {
	nan := math.NaN()
	tests := map[string]string{
		report.Decimals(1.25, 1):  "1.2",
		report.Decimals(nan, 1):   report.Nothing,
		report.Grouped(999):       "999",
		report.Grouped(1234567.4): "1,234,567",
		report.Grouped(-1234):     "-1,234",
		report.Grouped(-0.2):      "0",
		report.Grouped(nan):       report.Nothing,
		report.Count(1, "round"):  "1 round",
		report.Count(2, "round"):  "2 rounds",
		report.Spread(stats.Range{Median: 1, Min: 0.5, Max: 2}, 1):              "1.0 (0.5–2.0)",
		report.Spread(stats.Range{Median: nan, Min: nan, Max: nan}, 1):          report.Nothing,
		report.Machine{Cores: 2, System: "a/b", Go: "go1", Redis: "7"}.String(): "2 cores, a/b, go1, Redis 7",
	}
	for got, want := range tests {
		if got != want {
			t.Errorf("got %q, expected %q", got, want)
		}
	}
}

func TestUpdate(t *testing.T) {
	const begin, end, table = "<!-- bench:x -->\n", "<!-- /bench:x -->", "new\n"
	tests := map[string]struct{ file, want string }{
		"a new file":      {"", "# Benchmarks\n\n" + begin + table + end + "\n"},
		"an old table":    {"before\n" + begin + "old\n" + end + "\nafter\n", "before\n" + begin + table + end + "\nafter\n"},
		"the same table":  {"# B\n" + begin + table + end, "# B\n" + begin + table + end},
		"no markers":      {"# B\n\ntext\n", "# B\n\ntext\n\n" + begin + table + end + "\n"},
		"another suite":   {"<!-- bench:y -->\n", "<!-- bench:y -->\n\n" + begin + table + end + "\n"},
		"no closing mark": {"# B\n" + begin, ""},
		"closing first":   {end + begin, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := report.Update(test.file, "x", table)
			if got != test.want || (err != nil) != (test.want == "") {
				t.Errorf("error %v, got:\n%s\nexpected:\n%s", err, got, test.want)
			}
		})
	}
}
