package servers

import (
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
)

// Run is the result of the suite.
type Run struct {
	Machine  report.Machine `json:"machine"`
	Settings Settings       `json:"settings"`
	// Baseline is the name of the server that ratios are against.
	Baseline string `json:"baseline"`
	// GeneratorCPU is the processor time of the load generator per request.
	GeneratorCPU time.Duration `json:"generatorCpuNs"`
	Servers      []*Server     `json:"servers"`
}

// Settings are the settings of the run.
type Settings struct {
	Connections int           `json:"connections"`
	Duration    time.Duration `json:"durationNs"`
	Warmup      time.Duration `json:"warmupNs"`
	Rounds      int           `json:"rounds"`
	Boots       int           `json:"boots"`
}

// Server is the result of one server. Fields that were not measured are empty or 0.
type Server struct {
	Name string `json:"name"`
	// Ours marks the servers that the chart highlights.
	Ours bool `json:"ours,omitempty"`
	// Boots are the times from the start of the process to its first answer.
	Boots []time.Duration `json:"bootsNs,omitempty"`
	// Rounds are in the order in which they were run.
	Rounds []Round `json:"rounds,omitempty"`
	// IdleRSS and LoadedRSS are the resident memory after the first answer and
	// after the last round, Binary is the size of the stripped program; in bytes.
	IdleRSS   int64 `json:"idleRssBytes,omitempty"`
	LoadedRSS int64 `json:"loadedRssBytes,omitempty"`
	Binary    int64 `json:"binaryBytes,omitempty"`
}

// Round is one turn of a server under load.
type Round struct {
	Requests  int           `json:"requests"`
	PerSecond float64       `json:"perSecond"`
	P50       time.Duration `json:"p50Ns"`
	P99       time.Duration `json:"p99Ns"`
	// CPU is the processor time that the server used per request, 0 when it
	// is not known.
	CPU time.Duration `json:"cpuNs,omitempty"`
}

// Report returns the run as a table and a chart.
func (r *Run) Report() *report.Report {
	table := report.Table{Header: header}
	for _, row := range rows(r) {
		ratio := report.Decimals(row.ratio.Median, 2)
		if row.name != r.Baseline {
			ratio = report.Spread(row.ratio, 2)
		}
		table.Rows = append(table.Rows, []string{
			row.name, report.Grouped(row.perSecond), ratio,
			report.Decimals(row.p50, 2), report.Decimals(row.p99, 2), report.Decimals(row.cpu, 1),
			report.Decimals(row.boot, 1), report.Decimals(row.idle, 1), report.Decimals(row.loaded, 1),
			report.Decimals(row.binary, 1),
		})
	}
	return &report.Report{
		Chart: chart(r),
		Parts: []report.Part{{Table: table, Notes: []string{method(r)}}},
		Data:  r,
	}
}
