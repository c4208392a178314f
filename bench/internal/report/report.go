// Package report holds the results of a benchmark run, reduces them to medians
// and ratios, and draws them: as text, Markdown, JSON and SVG.
package report

import (
	"encoding/json"
	"math"
	"slices"
	"time"
)

// Run is everything one run of the benchmark measured.
type Run struct {
	// Command repeats the run.
	Command  string   `json:"command"`
	Machine  Machine  `json:"machine"`
	Settings Settings `json:"settings"`
	// Baseline is the name of the server that ratios are against.
	Baseline string `json:"baseline"`
	// GeneratorCPU is the processor time of the load generator per request.
	GeneratorCPU time.Duration `json:"generatorCpuNs"`
	Servers      []*Server     `json:"servers"`
}

// Machine says where it ran, without naming anything of the owner.
type Machine struct {
	Cores  int    `json:"cores"`
	System string `json:"system"`
	Go     string `json:"go"`
	Redis  string `json:"redis"`
}

// Settings are how it was measured.
type Settings struct {
	Connections int           `json:"connections"`
	Duration    time.Duration `json:"durationNs"`
	Warmup      time.Duration `json:"warmupNs"`
	Rounds      int           `json:"rounds"`
	Boots       int           `json:"boots"`
}

// Server is what was measured of one server. What was not is empty or 0.
type Server struct {
	Name string `json:"name"`
	// Ours marks the servers that the chart sets off from the others.
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

// JSON returns the run with all its rounds, indented.
func (r *Run) JSON() ([]byte, error) {
	encoded, err := json.MarshalIndent(r, "", "  ")
	return append(encoded, '\n'), err
}

// Median returns the middle of the values, the mean of the two middle ones
// when their number is even, and NaN when there are none.
func Median[T ~int64 | ~float64](values []T) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	low, high := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
	return (float64(low) + float64(high)) / 2
}
