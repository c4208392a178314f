package scaling

import (
	"github.com/keryx-go/keryx/bench/internal/report"
)

func chart(r *Run) report.Chart {
	c := report.Chart{Title: "What grows with what", Subtitle: r.Machine.String()}
	if len(r.Masters) > 0 {
		p := report.Panel{Title: "Messages per second with a core for each master", Hint: "more is better"}
		for _, m := range r.Masters {
			capacity := median(m, Round.capacity)
			bar := report.Bar{Label: m.short(), Text: report.Grouped(capacity), Value: capacity, Ours: m.Ours}
			if m != r.Masters[0] {
				bar.Text += " · " + report.Decimals(ratios(m, r.Masters[0]).Median, 2) + "×"
			}
			p.Bars = append(p.Bars, bar)
		}
		c.Panels = append(c.Panels, p)
	}
	if len(r.Control) > 0 {
		sent := report.Panel{Title: "Commands per second without messages", Hint: "less is better"}
		proofs := report.Panel{Title: "Deliveries of proofs per second", Hint: "less is better"}
		for _, f := range r.Control {
			label := report.Count(f.Nodes, "node")
			commands := f.perSecond(f.sent())
			sent.Bars = append(sent.Bars, report.Bar{Label: label, Text: rounded(commands), Value: commands, Ours: true})
			proofs.Bars = append(proofs.Bars, report.Bar{Label: label, Text: rounded(f.deliveries()), Value: f.deliveries(), Ours: true})
		}
		c.Panels = append(c.Panels, sent, proofs)
	}
	return c
}
