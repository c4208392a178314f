package cache

import (
	"context"

	"github.com/keryx-go/keryx/internal/deadline"
)

// interruptible runs op so that its caller returns when ctx ends: go-redis heeds the
// deadline of a context while it waits for a reply, and no cancellation. What is left
// behind ends by the timeouts of the client.
func interruptible[T any](ctx context.Context, c *client, key string, op func(context.Context) (T, error)) (T, error) {
	type reply struct {
		value T
		err   error
	}
	run := func(ctx context.Context) (r reply) {
		if r.value, r.err = op(ctx); r.err != nil {
			if end := deadline.Err(ctx); end != nil {
				r.err = end
			}
		}
		return r
	}
	if ctx.Done() == nil {
		r := run(ctx)
		return r.value, r.err
	}
	done := make(chan reply, 1)
	c.background.run(key, func(context.Context) { done <- run(ctx) })
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
