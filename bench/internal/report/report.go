// Package report shows the measurements of a suite as text, Markdown and an SVG chart.
package report

import (
	"fmt"
	"runtime"
	"strings"
)

// Report is the result of one suite.
type Report struct {
	// Chart shows the main numbers of the tables.
	Chart Chart
	// Parts are tables with their explanations.
	Parts []Part
	// Data is every single measurement, for JSON.
	Data any
}

// Part is a table with its explanation.
type Part struct {
	// Title is a heading over the table; "" when the table needs none.
	Title string
	// Table has no rows when the part consists of notes only.
	Table Table
	// Notes are paragraphs below the table, or lists. They may hold Markdown links.
	Notes []string
}

// Text returns the report for a terminal.
func (r *Report) Text() string {
	var out strings.Builder
	for i, p := range r.Parts {
		if i > 0 {
			out.WriteByte('\n')
		}
		if p.Title != "" {
			fmt.Fprintf(&out, "%s\n\n", p.Title)
		}
		out.WriteString(p.Table.text())
		for i, note := range p.Notes {
			if i > 0 || len(p.Table.Rows) > 0 {
				out.WriteByte('\n')
			}
			out.WriteString(withoutLinks(note) + "\n")
		}
	}
	return out.String()
}

// Markdown returns the report with the command that made it, and with the chart
// on top when chart, the path of an image, is not empty.
func (r *Report) Markdown(command, chart string) string {
	var out strings.Builder
	if chart != "" {
		fmt.Fprintf(&out, "![%s, the numbers below as a bar chart](%s)\n\n", r.Chart.Title, chart)
	}
	for _, p := range r.Parts {
		if p.Title != "" {
			fmt.Fprintf(&out, "### %s\n\n", p.Title)
		}
		if len(p.Table.Rows) > 0 {
			out.WriteString(p.Table.markdown() + "\n")
		}
		for _, note := range p.Notes {
			out.WriteString(note + "\n\n")
		}
	}
	fmt.Fprintf(&out, "```sh\n%s\n```\n", command)
	return out.String()
}

// Machine describes the machine of a run, without names of its owner.
type Machine struct {
	Cores  int    `json:"cores"`
	System string `json:"system"`
	Go     string `json:"go"`
	Redis  string `json:"redis"`
}

// ThisMachine returns the machine of this process, with the version of its Redis.
func ThisMachine(redis string) Machine {
	return Machine{
		Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Redis: redis,
	}
}

// String describes the machine in a line.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %s, %s, Redis %s", Count(m.Cores, "core"), m.System, m.Go, m.Redis)
}
