package servers

import (
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx/bench/internal/load"
	"github.com/keryx-go/keryx/bench/internal/process"
)

// measure gives a subject one turn under load. It returns the processor time
// that the load generator used for its requests.
func measure(ctx context.Context, b *bench, s *subject) (used time.Duration, requests int, err error) {
	target := load.Target{URL: s.url, Body: s.body}
	if b.warmup > 0 {
		warm, err := load.Run(ctx, target, b.connections, b.warmup)
		if err := verdict(warm, err); err != nil {
			return 0, 0, err
		}
	}
	before, err := s.cpu()
	if err != nil {
		return 0, 0, err
	}
	ownBefore := process.OwnCPU()
	result, err := load.Run(ctx, target, b.connections, b.duration)
	used = process.OwnCPU() - ownBefore
	if err := verdict(result, err); err != nil {
		return 0, 0, err
	}
	after, err := s.cpu()
	if err != nil {
		return 0, 0, err
	}
	requests = len(result.Latencies)
	s.measured.Rounds = append(s.measured.Rounds, Round{
		Requests: requests, PerSecond: result.PerSecond(),
		P50: result.Percentile(0.50), P99: result.Percentile(0.99),
		CPU: (after - before) / time.Duration(requests),
	})
	return used, requests, nil
}

// verdict returns the error of a run under load; a wrong answer is an error.
func verdict(r *load.Result, err error) error {
	switch {
	case err != nil:
		return err
	case r.Errors > 0:
		return fmt.Errorf("%d wrong answers beside %d right ones, the first: %w", r.Errors, len(r.Latencies), r.FirstError)
	case len(r.Latencies) == 0:
		return fmt.Errorf("no answer within %v", r.Elapsed)
	}
	return nil
}
