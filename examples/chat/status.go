package main

import (
	"context"
	"math"
	"os"
	"runtime/metrics"
	"time"

	"github.com/keryx-go/keryx"
)

// status says how the server is.
type status struct {
	api     *keryx.API
	started time.Time
}

func registerStatus(c *chat) {
	s := &status{c.api, time.Now()}
	keryx.Handle(c.api, keryx.Action{
		Name: "status", Description: "Show how the server is, and whether it reaches the database and Redis",
		Web: keryx.GET("/status"),
	}, s.show)
	keryx.Handle(c.api, keryx.Action{
		Name: "status:markdown", Description: "Show how the server is, for transports that make a text of it",
		Web: keryx.GET("/status/markdown"),
	}, s.show)
}

type statusOutput struct {
	Name             string       `json:"name"`
	PID              int          `json:"pid"`
	Version          string       `json:"version"`
	Uptime           int64        `json:"uptime" doc:"Milliseconds since the process began"`
	ConsumedMemoryMB float64      `json:"consumedMemoryMB"`
	Healthy          bool         `json:"healthy"`
	Checks           statusChecks `json:"checks"`
}

type statusChecks struct {
	Database bool `json:"database"`
	Redis    bool `json:"redis"`
}

// pingTimeout is how long each of the two may take to answer.
const pingTimeout = 2 * time.Second

func (s *status) show(ctx context.Context, _ struct{}) (statusOutput, error) {
	checks := statusChecks{
		Database: answers(ctx, s.api.Database.Ping),
		Redis:    answers(ctx, s.api.Redis.Ping),
	}
	return statusOutput{
		Name: s.api.Config.Process.Name, PID: os.Getpid(), Version: version,
		Uptime: time.Since(s.started).Milliseconds(), ConsumedMemoryMB: megabytes(heap()),
		Healthy: checks.Database && checks.Redis, Checks: checks,
	}, nil
}

func answers(ctx context.Context, ping func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return ping(ctx) == nil
}

// heap is how many bytes the program's objects take. Reading it stops nothing.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// megabytes rounds to two decimals.
func megabytes(bytes uint64) float64 {
	return math.Round(float64(bytes)/(1<<20)*100) / 100
}
