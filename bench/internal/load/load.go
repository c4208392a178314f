// Package load puts HTTP servers under load and measures how they answer.
//
// It keeps a number of connections busy. Each sends a request when the previous answer
// is complete (keep-alive, no pipelining), and each answer is compared with the
// expected one, byte by byte.
//
// On a small machine the generator takes its processor time from the server under test,
// so it must be cheap: the request is one constant write, an answer that equals the
// previous one is not parsed again, and on Linux one thread serves all connections with
// epoll. On the machine of the author a request took 7 µs of processor time, where a
// goroutine for each connection took 10, and the client of net/http (and tools built on
// it, such as vegeta) 21.
package load

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/keryx-go/keryx/bench/internal/stats"
)

// Target is a URL and its expected answer.
type Target struct {
	// URL is requested with GET.
	URL string
	// Body is the expected body. The expected status is 200.
	Body []byte
}

// Result is the measurement of [Run].
type Result struct {
	// Elapsed is the time from the first request to the last answer.
	Elapsed time.Duration
	// Latencies are those of all right answers, ascending.
	Latencies []time.Duration
	// Errors counts requests without an answer, or with a wrong one.
	Errors int
	// FirstError is the first error, or nil.
	FirstError error
}

// answerGrace is how long an answer may take after the end of the run.
const answerGrace = 5 * time.Second

// Run keeps the connections to a target busy for the duration. The error is that of
// ctx, or the reason why the run did not start; wrong answers are counted in the
// result.
func Run(ctx context.Context, t Target, connections int, duration time.Duration) (*Result, error) {
	workers, err := connect(ctx, t, connections)
	defer func() {
		for _, w := range workers {
			w.close()
		}
	}()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := drive(ctx, workers, start.Add(duration)); err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return collect(workers, time.Since(start)), nil
}

// together runs each worker in its own goroutine.
func together(ctx context.Context, workers []*worker, end time.Time) {
	var running sync.WaitGroup
	for _, w := range workers {
		running.Go(func() { w.run(ctx, end) })
	}
	running.Wait()
}

// connect makes the workers and their connections. On an error it also returns the
// workers that it has made, for the caller to close.
func connect(ctx context.Context, t Target, connections int) ([]*worker, error) {
	d, err := newDialer(t.URL)
	if err != nil {
		return nil, err
	}
	var workers []*worker
	for range connections {
		w := &worker{dialer: d, inbox: inbox{expected: t.Body}}
		if err := w.connect(ctx); err != nil {
			return workers, fmt.Errorf("cannot connect to %s: %w", d.address, err)
		}
		workers = append(workers, w)
	}
	return workers, nil
}

func collect(workers []*worker, elapsed time.Duration) *Result {
	r := &Result{Elapsed: elapsed}
	for _, w := range workers {
		r.Latencies = append(r.Latencies, w.latencies...)
		r.Errors += w.errors
		r.FirstError = cmp.Or(r.FirstError, w.firstError)
	}
	slices.Sort(r.Latencies)
	return r
}

// PerSecond returns the rate of right answers.
func (r *Result) PerSecond() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(len(r.Latencies)) / r.Elapsed.Seconds()
}

// Percentile returns the latency that p of the answers, from 0 to 1, did not
// exceed, or 0 when there were no answers.
func (r *Result) Percentile(p float64) time.Duration { return stats.Percentile(r.Latencies, p) }
