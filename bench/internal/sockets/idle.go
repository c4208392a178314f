package sockets

import (
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// idleSockets measures the memory of one new node of each contender with many sockets
// that only answer pings.
func idleSockets(ctx context.Context, b *bench) error {
	stopNodes(b)
	for _, c := range b.contenders {
		b.Say("%s idle for %v: %s", report.Count(b.idle, "socket"), b.hold, c.name)
		if err := startNode(ctx, b, c); err != nil {
			return fmt.Errorf("a node of %s: %w", c.name, err)
		}
		idle, err := measureIdle(ctx, b, c)
		c.stop()
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		b.run.Idle = append(b.run.Idle, idle)
	}
	return nil
}

// measureIdle opens the sockets, leaves them idle, and finally calls an action on each,
// which proves that all are still open.
func measureIdle(ctx context.Context, b *bench, c *contender) (*Idle, error) {
	idle := &Idle{Name: c.name, Ours: c.ours, Sockets: b.idle}
	var err error
	if idle.Before, err = memoryAfter(ctx, b, c, b.settle); err != nil {
		return nil, err
	}
	began := time.Now()
	crowd, err := dialCrowd(ctx, c.addresses(), b.idle, "")
	defer crowd.close()
	if err != nil {
		return nil, err
	}
	idle.Opening = time.Since(began)
	crowd.listen()
	if idle.Open, err = memoryAfter(crowd.ctx, b, c, b.settle); err != nil {
		return nil, err
	}
	if idle.Held, err = memoryAfter(crowd.ctx, b, c, b.hold); err != nil {
		return nil, err
	}
	return idle, crowd.call(1)
}

// memoryAfter returns the memory of the contender's node after a while.
func memoryAfter(ctx context.Context, b *bench, c *contender, after time.Duration) (int64, error) {
	if err := harness.Pause(ctx, after); err != nil {
		return 0, err
	}
	return process.RSS(c.nodes[0].PID())
}
