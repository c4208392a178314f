package fetch

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Sample is the result of one half in one round.
type Sample struct {
	Calls   int64         `json:"calls"`
	Elapsed time.Duration `json:"elapsedNs"`
}

func (s *Sample) add(other Sample) {
	s.Calls += other.Calls
	s.Elapsed += other.Elapsed
}

// perCall returns the time divided by the calls of all goroutines, in µs.
func (s Sample) perCall() float64 {
	return float64(s.Elapsed) / float64(time.Microsecond) / float64(max(s.Calls, 1))
}

// Allocated is the allocations of one call.
type Allocated struct {
	Objects float64 `json:"objects"`
	Bytes   float64 `json:"bytes"`
}

// caller makes the calls of one pair.
type caller struct {
	key        func(n int64) string
	goroutines int
	numbered   atomic.Int64 // calls so far, of both halves
}

// run lets the goroutines call h for a while.
func (c *caller) run(ctx context.Context, h half, while time.Duration) (Sample, error) {
	var over atomic.Bool
	var once sync.Once
	var failed error
	fail := func(err error) {
		once.Do(func() { failed = err })
		over.Store(true)
	}
	before := c.numbered.Load()
	began := time.Now()
	timer := time.AfterFunc(while, func() { over.Store(true) })
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() { fail(context.Cause(ctx)) })
	defer stop()

	var running sync.WaitGroup
	for range c.goroutines {
		running.Go(func() {
			for !over.Load() {
				if err := h(ctx, c.key(c.numbered.Add(1))); err != nil {
					fail(err)
				}
			}
		})
	}
	running.Wait()
	s := Sample{Calls: c.numbered.Load() - before, Elapsed: time.Since(began)}
	fail(ctx.Err()) // waits for a failure that is being noted, and ignores later ones
	return s, failed
}

// measureAllocations measures the allocations of a call, including those of background
// work.
func (c *caller) measureAllocations(ctx context.Context, h half, while time.Duration) (Allocated, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := c.run(ctx, h, while)
	runtime.ReadMemStats(&after)
	calls := float64(max(s.Calls, 1))
	return Allocated{
		Objects: float64(after.Mallocs-before.Mallocs) / calls,
		Bytes:   float64(after.TotalAlloc-before.TotalAlloc) / calls,
	}, err
}
