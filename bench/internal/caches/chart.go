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
		Title:    "Caches where caches break",
		Subtitle: fmt.Sprintf("Medians of %d and %s; %s", s.Rounds, report.Count(s.Outages, "round"), r.Machine),
		Panels: []report.Panel{
			panel(r, "Loads for "+callers+" callers of a cold key", "one is enough", func(c *Contender) report.Bar {
				n := median(c.Stampedes, loads)
				return report.Bar{Value: n, Text: report.Grouped(n)}
			}),
			panel(r, "Time to the value for those callers, median and last, ms", "less is better", func(c *Contender) report.Bar {
				return waits(c.Stampedes, "")
			}),
			panel(r, "Stale reads in the second after an invalidation in the middle of a load", "none is right", func(c *Contender) report.Bar {
				v := median(c.Invalidations, staleShare)
				return report.Bar{Value: v, Text: percent(v)}
			}),
			panel(r, "Redis refuses connections: callers wait, median and last, ms", "less is better, and a value better than an error", outageBar(refusals)),
			panel(r, "Redis is paused: callers wait, median and last, ms", "less is better, and a value better than an error", outageBar(pauses)),
		},
	}
}

// panel makes a bar of every contender that was measured.
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

// waits draws the median caller and the last one, with the answer they got.
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
