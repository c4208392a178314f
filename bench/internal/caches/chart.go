package caches

import (
	"fmt"
	"math"
	"strings"

	"github.com/keryx-go/keryx/bench/internal/report"
)

func chart(r *Run) report.Chart {
	s := r.Settings
	callers := report.Grouped(float64(s.Processes * s.Callers))
	return report.Chart{
		Title:    "Caches in a stampede, at an invalidation, in an outage",
		Subtitle: fmt.Sprintf("Medians of %d and %s; %s", s.Rounds, report.Count(s.Outages, "round"), r.Machine),
		Panels: []report.Panel{
			panel(r, "Loads for "+callers+" callers of a cold key", "one is the minimum", func(c *Contender) report.Bar {
				n := median(c.Stampedes, loads)
				return report.Bar{Value: n, Text: report.Grouped(n)}
			}),
			panel(r, "Time to the value for those callers, median and last, ms", "less is better", func(c *Contender) report.Bar {
				return waits(c.Stampedes, "")
			}),
			panel(r, "Stale reads in the second after an invalidation during a load", "zero is right", func(c *Contender) report.Bar {
				v := median(c.Invalidations, staleShare)
				return report.Bar{Value: v, Text: percent(v)}
			}),
			panel(r, "Redis refuses connections: callers wait, median and last, ms", "less is better; a value is better than an error", outageBar(refusals)),
			panel(r, "Redis is paused: callers wait, median and last, ms", "less is better; a value is better than an error", outageBar(pauses)),
		},
	}
}

// panel returns a panel with a bar for every contender that was measured.
func panel(r *Run, title, hint string, bar func(*Contender) report.Bar) report.Panel {
	p := report.Panel{Title: title, Hint: hint}
	for _, c := range r.Contenders {
		b := bar(c)
		b.Label, b.Ours = c.Name, c.Ours
		p.Bars = append(p.Bars, b)
	}
	return p
}

func outageBar(of func(*Contender) []Outage) func(*Contender) report.Bar {
	return func(c *Contender) report.Bar {
		b := batches(of(c), first)
		text := answer(b)
		if strings.Contains(text, ",") {
			text = "some errors"
		}
		return waits(b, text)
	}
}

// waits returns a bar of the median and the longest wait, with the answer of the
// callers.
func waits(b []Batch, answer string) report.Bar {
	if len(b) == 0 {
		return report.Bar{Value: math.NaN()}
	}
	bar := report.Bar{Value: median(b, wait(0.5)), Behind: median(b, wait(1))}
	bar.Text = report.Grouped(bar.Value)
	if last := report.Grouped(bar.Behind); last != bar.Text {
		bar.Text += " · " + last
	}
	if answer != "" {
		bar.Text += " · " + answer
	}
	return bar
}
