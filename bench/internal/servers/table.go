package servers

import (
	"fmt"
	"math"

	"github.com/keryx-go/keryx/bench/internal/report"
)

// header are the columns of the table.
var header = []string{
	"server", "requests/s", "ratio (range)", "p50 ms", "p99 ms", "CPU µs/request",
	"boot ms", "idle RSS MB", "loaded RSS MB", "binary MB",
}

// method describes how the numbers were measured.
func method(r *Run) string {
	s := r.Settings
	text := fmt.Sprintf("%s. %s, in which the servers take turns of %v, each after %v of warm-up, "+
		"over %d keep-alive connections on loopback. Values are medians. The ratio is the median of the ratios of requests/s "+
		"to those of %s in the same round; a noisy machine changes it less than the ratio of the medians. "+
		"Boot: from the start of the process to the first answer, %s each. 1 MB is 1,000,000 bytes.",
		r.Machine, report.Count(s.Rounds, "round"), s.Duration, s.Warmup, s.Connections, r.Baseline,
		report.Count(s.Boots, "boot"))
	if r.GeneratorCPU > 0 {
		text += fmt.Sprintf(" The load generator and Redis share the cores with the server; the generator used %.1f µs per request.",
			float64(r.GeneratorCPU.Nanoseconds())/1e3)
	}
	return text
}

// chart draws the table's columns as panels.
func chart(r *Run) report.Chart {
	c := report.Chart{
		Title: fmt.Sprintf("Cached read over HTTP, %d connections", r.Settings.Connections),
		Subtitle: fmt.Sprintf("Medians of %s of %v; %s",
			report.Count(r.Settings.Rounds, "round"), r.Settings.Duration, r.Machine),
	}
	for _, s := range scales() {
		p := report.Panel{Title: s.title, Hint: s.hint}
		for _, row := range rows(r) {
			p.Bars = append(p.Bars, report.Bar{
				Label: row.name, Text: s.text(row), Value: s.value(row), Behind: s.second(row), Ours: row.ours,
			})
		}
		c.Panels = append(c.Panels, p)
	}
	return c
}

// scale is one measure of the table, drawn as a panel.
type scale struct {
	title, hint string
	value       func(row) float64
	behind      func(row) float64 // nil: no second value
	text        func(row) string
}

func (s scale) second(r row) float64 {
	if s.behind == nil {
		return math.NaN()
	}
	return s.behind(r)
}

func scales() []scale {
	return []scale{{
		title: "Requests per second", hint: "more is better",
		value: func(r row) float64 { return r.perSecond },
		text: func(row row) string {
			if math.IsNaN(row.ratio.Median) {
				return report.Grouped(row.perSecond)
			}
			return report.Grouped(row.perSecond) + " · " + report.Decimals(row.ratio.Median, 2) + "×"
		},
	}, {
		title: "Latency, p50 and p99, ms", hint: "less is better",
		value:  func(r row) float64 { return r.p50 },
		behind: func(r row) float64 { return r.p99 },
		text:   func(r row) string { return report.Decimals(r.p50, 2) + " · " + report.Decimals(r.p99, 2) },
	}, {
		title: "Processor time per request, µs", hint: "less is better",
		value: func(r row) float64 { return r.cpu },
		text:  func(r row) string { return report.Decimals(r.cpu, 1) },
	}, {
		title: "Boot to first answer, ms", hint: "less is better",
		value: func(r row) float64 { return r.boot },
		text:  func(r row) string { return report.Decimals(r.boot, 1) },
	}, {
		title: "Resident memory, idle and after load, MB", hint: "less is better",
		value:  func(r row) float64 { return r.idle },
		behind: func(r row) float64 { return r.loaded },
		text: func(r row) string {
			if math.IsNaN(r.loaded) {
				return report.Decimals(r.idle, 1)
			}
			return report.Decimals(r.idle, 1) + " · " + report.Decimals(r.loaded, 1)
		},
	}, {
		title: "Stripped binary, MB", hint: "less is better",
		value: func(r row) float64 { return r.binary },
		text:  func(r row) string { return report.Decimals(r.binary, 1) },
	}}
}
