package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"strings"
)

// The measures of the chart, in its own units.
const (
	chartWidth  = 760
	margin      = 24
	labelWidth  = 150
	valueWidth  = 150
	barSpace    = chartWidth - 2*margin - labelWidth - valueWidth
	titleHeight = 64 // the chart's title and subtitle
	panelHeight = 38 // a panel's title
	barHeight   = 24 // a bar and the space below it
)

//go:embed chart.svg.tmpl
var chartSource string

var chartTemplate = template.Must(template.New("chart").Parse(chartSource))

// chart is what the template draws.
type chart struct {
	Width, Height   int
	Margin, Bars    int // where labels and bars begin
	Title, Subtitle string
	Panels          []panel
}

type panel struct {
	Y           int
	Title, Hint string
	Bars        []bar
}

// bar is a server's value. A longer second value is drawn behind it, paler.
type bar struct {
	Y             int
	Label, Value  string
	Width, Behind int
	ValueX        int
	Ours          bool
}

// Chart returns the table as an SVG bar chart, which follows the reader's
// light or dark theme.
func (r *Run) Chart() (string, error) {
	s, m := r.Settings, r.Machine
	c := chart{
		Width: chartWidth, Margin: margin, Bars: margin + labelWidth,
		Title: fmt.Sprintf("Cached read over HTTP, %d connections", s.Connections),
		Subtitle: fmt.Sprintf("Medians of %s of %v; %d cores, %s, %s, Redis %s",
			count(s.Rounds, "round"), s.Duration, m.Cores, m.System, m.Go, m.Redis),
	}
	rows, y := r.rows(), margin+titleHeight
	for _, scale := range r.scales() {
		if p := scale.panel(rows, y); len(p.Bars) > 0 {
			c.Panels = append(c.Panels, p)
			y += panelHeight + len(p.Bars)*barHeight
		}
	}
	c.Height = y + margin/2
	var out strings.Builder
	err := chartTemplate.Execute(&out, c)
	return out.String(), err
}

// scale is one measure of the table, drawn as a panel.
type scale struct {
	title, hint string
	value       func(row) float64
	behind      func(row) float64 // nil: no second value
	text        func(row) string
}

func (r *Run) scales() []scale {
	return []scale{{
		title: "Requests per second", hint: "more is better",
		value: func(r row) float64 { return r.perSecond },
		text: func(row row) string {
			if math.IsNaN(row.ratio) {
				return grouped(row.perSecond)
			}
			return fmt.Sprintf("%s · %s×", grouped(row.perSecond), decimals(row.ratio, 2))
		},
	}, {
		title: "Latency, p50 and p99, ms", hint: "less is better",
		value:  func(r row) float64 { return r.p50 },
		behind: func(r row) float64 { return r.p99 },
		text:   func(r row) string { return decimals(r.p50, 2) + " · " + decimals(r.p99, 2) },
	}, {
		title: "Processor time per request, µs", hint: "less is better",
		value: func(r row) float64 { return r.cpu },
		text:  func(r row) string { return decimals(r.cpu, 1) },
	}, {
		title: "Boot to first answer, ms", hint: "less is better",
		value: func(r row) float64 { return r.boot },
		text:  func(r row) string { return decimals(r.boot, 1) },
	}, {
		title: "Resident memory, idle and after load, MB", hint: "less is better",
		value:  func(r row) float64 { return r.idle },
		behind: func(r row) float64 { return r.loaded },
		text: func(r row) string {
			if math.IsNaN(r.loaded) {
				return decimals(r.idle, 1)
			}
			return decimals(r.idle, 1) + " · " + decimals(r.loaded, 1)
		},
	}, {
		title: "Stripped binary, MB", hint: "less is better",
		value: func(r row) float64 { return r.binary },
		text:  func(r row) string { return decimals(r.binary, 1) },
	}}
}

// panel draws the servers that the measure is known of, from y on down.
func (s scale) panel(rows []row, y int) panel {
	longest := 0.0
	for _, r := range rows {
		longest = max(longest, s.lengths(r))
	}
	p := panel{Y: y + 16, Title: s.title, Hint: s.hint}
	y += panelHeight - 10
	for _, r := range rows {
		if math.IsNaN(s.value(r)) {
			continue
		}
		b := bar{Y: y, Label: r.name, Value: s.text(r), Ours: r.ours, Width: pixels(s.value(r), longest)}
		if s.behind != nil {
			b.Behind = pixels(s.behind(r), longest)
		}
		b.ValueX = margin + labelWidth + max(b.Width, b.Behind) + 8
		p.Bars = append(p.Bars, b)
		y += barHeight
	}
	return p
}

// lengths returns the larger of a row's values, 0 when there is none.
func (s scale) lengths(r row) float64 {
	longest := 0.0
	for _, value := range []func(row) float64{s.value, s.behind} {
		if value != nil && !math.IsNaN(value(r)) {
			longest = max(longest, value(r))
		}
	}
	return longest
}

func pixels(v, longest float64) int {
	if math.IsNaN(v) || longest == 0 {
		return 0
	}
	return max(1, int(math.Round(v/longest*barSpace)))
}
