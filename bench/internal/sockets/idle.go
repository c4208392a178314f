package sockets

import (
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// idleSockets weighs one new node of each contender with many sockets that do
// nothing but answer pings.
func idleSockets(ctx context.Context, b *bench) error {
	stopNodes(b)
	for _, c := range b.contenders {
		b.Say("%s idle for %v: %s", report.Count(b.idle, "socket"), b.hold, c.name)
		if err := startNode(ctx, b, c); err != nil {
			return fmt.Errorf("a node of %s: %w", c.name, err)
		}
		idle, err := hang(ctx, b, c)
		c.stop()
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		b.run.Idle = append(b.run.Idle, idle)
	}
	return nil
}

// hang opens the sockets, leaves them alone, and has each of them call an
// action in the end: all have to be there still.
func hang(ctx context.Context, b *bench, c *contender) (*Idle, error) {
	idle := &Idle{Name: c.name, Ours: c.ours, Sockets: b.idle}
	var err error
	if idle.Before, err = weigh(ctx, b, c, b.settle); err != nil {
		return nil, err
	}
	began := time.Now()
	crowd, err := gather(ctx, c.addresses(), b.idle, false)
	defer crowd.disperse()
	if err != nil {
		return nil, err
	}
	idle.Opening = time.Since(began)
	crowd.listen()
	if idle.Open, err = weigh(crowd.ctx, b, c, b.settle); err != nil {
		return nil, err
	}
	if idle.Held, err = weigh(crowd.ctx, b, c, b.hold); err != nil {
		return nil, err
	}
	return idle, crowd.call(1)
}

// weigh returns the memory of the contender's node after a while.
func weigh(ctx context.Context, b *bench, c *contender, after time.Duration) (int64, error) {
	if err := harness.Pause(ctx, after); err != nil {
		return 0, err
	}
	return process.RSS(c.nodes[0].PID())
}
