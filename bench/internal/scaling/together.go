package scaling

import (
	"context"
	"sync"
	"sync/atomic"
)

// atOnce is how many operations of many are under way at a time.
const atOnce = 64

// together calls f with the numbers from 0 to n-1, some at a time, and returns the first
// error.
func together(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var next atomic.Int64
	var busy sync.WaitGroup
	for range min(atOnce, n) {
		busy.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := f(ctx, i); err != nil {
					fail(err)
				}
			}
		})
	}
	busy.Wait()
	return context.Cause(ctx)
}

// inTurn calls f with the numbers from 0 to n-1, one after the other.
func inTurn(n int, f func(i int) error) error {
	for i := range n {
		if err := f(i); err != nil {
			return err
		}
	}
	return nil
}
