package websocket

import (
	"context"
	"sync"
)

// counter is a [sync.WaitGroup] that may grow while it is waited on, and whose wait
// takes a context.
type counter struct {
	mu   sync.Mutex
	n    int
	zero chan struct{} // closed at zero; nil: no wait is under way
}

func (c *counter) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func (c *counter) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n--; c.n == 0 && c.zero != nil {
		close(c.zero)
		c.zero = nil
	}
}

// spawn runs f in a goroutine that is counted until it ends.
func (c *counter) spawn(f func()) {
	c.add()
	go func() {
		defer c.done()
		f()
	}()
}

// wait returns nil when the count is zero, or the error of ctx.
func (c *counter) wait(ctx context.Context) error {
	c.mu.Lock()
	if c.n == 0 {
		c.mu.Unlock()
		return nil
	}
	if c.zero == nil {
		c.zero = make(chan struct{})
	}
	zero := c.zero
	c.mu.Unlock()
	select {
	case <-zero:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
