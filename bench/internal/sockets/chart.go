package sockets

import (
	"fmt"
	"math"

	"github.com/keryx-go/keryx/bench/internal/report"
)

func chart(r *Run) report.Chart {
	c := report.Chart{
		Title:    "WebSockets beside a server written by hand",
		Subtitle: fmt.Sprintf("Medians of %s of %v; %s", report.Count(r.Settings.Rounds, "round"), r.Settings.Duration, r.Machine),
	}
	for _, l := range r.RoundTrips {
		c.Panels = append(c.Panels, panel(l, "Answers per second over "+sockets(l.Sockets)))
	}
	for _, l := range r.Broadcasts {
		c.Panels = append(c.Panels, panel(l, fmt.Sprintf("Deliveries per second to %s, %d in flight", sockets(l.Sockets), l.InFlight)))
	}
	return addIdle(r, c)
}

func addIdle(r *Run, c report.Chart) report.Chart {
	if len(r.Idle) == 0 {
		return c
	}
	p := report.Panel{Title: "Resident memory with " + sockets(r.Idle[0].Sockets) + " idle, MB", Hint: "less is better"}
	for _, i := range r.Idle {
		p.Bars = append(p.Bars, report.Bar{Label: i.Name, Text: report.Decimals(i.most(), 1), Value: i.most(), Ours: i.Ours})
	}
	c.Panels = append(c.Panels, p)
	return c
}

func panel(l *Load, title string) report.Panel {
	p := report.Panel{Title: title, Hint: "more is better"}
	for _, row := range rows(l) {
		bar := report.Bar{Label: row.name, Text: report.Grouped(row.perSecond), Value: row.perSecond, Ours: row.ours}
		if !math.IsNaN(row.ratio.Median) {
			bar.Text += " · " + report.Decimals(row.ratio.Median, 2) + "×"
		}
		p.Bars = append(p.Bars, bar)
	}
	return p
}

// sockets returns a number of sockets with its noun.
func sockets(n int) string {
	if n == 1 {
		return "1 socket"
	}
	return report.Grouped(float64(n)) + " sockets"
}
