package report

import (
	_ "embed"
	"html/template"
	"math"
	"strings"
)

// The measures of a chart, in its own units.
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

// Chart is a bar chart of several panels.
type Chart struct {
	Title, Subtitle string
	Panels          []Panel
}

// Panel compares one measure.
type Panel struct {
	Title string
	// Hint says how to read it, such as "less is better".
	Hint string
	Bars []Bar
}

// Bar is one value. A longer second value is drawn behind it, paler.
type Bar struct {
	Label, Text   string
	Value, Behind float64
	// Ours highlights the bar.
	Ours bool
}

// The drawn chart is the data of the template.
type (
	drawnChart struct {
		Width, Height   int
		Margin, Bars    int // where labels and bars begin
		Title, Subtitle string
		Panels          []drawnPanel
	}
	drawnPanel struct {
		Y           int
		Title, Hint string
		Bars        []drawnBar
	}
	drawnBar struct {
		Y             int
		Label, Value  string
		Width, Behind int
		ValueX        int
		Ours          bool
	}
)

// SVG draws the chart, which follows the reader's light or dark theme. It leaves out
// bars whose value is NaN, and panels without bars.
func (c Chart) SVG() (string, error) {
	d := drawnChart{
		Width: chartWidth, Margin: margin, Bars: margin + labelWidth, Title: c.Title, Subtitle: c.Subtitle,
	}
	y := margin + titleHeight
	for _, p := range c.Panels {
		if drawn := p.draw(y); len(drawn.Bars) > 0 {
			d.Panels = append(d.Panels, drawn)
			y += panelHeight + len(drawn.Bars)*barHeight
		}
	}
	d.Height = y + margin/2
	var out strings.Builder
	err := chartTemplate.Execute(&out, d)
	return out.String(), err
}

// draw places the panel at y and below.
func (p Panel) draw(y int) drawnPanel {
	longest := 0.0
	for _, b := range p.Bars {
		longest = max(longest, length(b.Value), length(b.Behind))
	}
	d := drawnPanel{Y: y + 16, Title: p.Title, Hint: p.Hint}
	y += panelHeight - 10
	for _, b := range p.Bars {
		if math.IsNaN(b.Value) {
			continue
		}
		drawn := drawnBar{Y: y, Label: b.Label, Value: b.Text, Ours: b.Ours, Width: pixels(b.Value, longest)}
		if length(b.Behind) > 0 {
			drawn.Behind = pixels(b.Behind, longest)
		}
		drawn.ValueX = margin + labelWidth + max(drawn.Width, drawn.Behind) + 8
		d.Bars = append(d.Bars, drawn)
		y += barHeight
	}
	return d
}

// length returns the length of a value's bar, 0 for NaN.
func length(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// pixels returns the width of a bar, which is at least one.
func pixels(v, longest float64) int {
	if longest == 0 {
		return 1
	}
	return max(1, int(math.Round(v/longest*barSpace)))
}
