package sockets

import (
	"context"
	"fmt"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// The contenders of the framework with itself.
const (
	withoutHistory = "no history"
	withHistory    = "history"
)

// twins returns two contenders of the framework, which differ in the channel that they
// use, or none when the framework does not take part. The caller must stop them.
func twins(b *bench) []*contender {
	for _, c := range b.contenders {
		if !c.ours {
			continue
		}
		plain, kept := &contender{program: c.program, binary: c.binary, database: len(programs())},
			&contender{program: c.program, binary: c.binary, database: len(programs()) + 1, channel: kept}
		plain.name, plain.ours, kept.name = withoutHistory, false, withHistory
		return []*contender{plain, kept}
	}
	return nil
}

// histories measures broadcasts on a channel with a history beside broadcasts on one
// without.
func histories(ctx context.Context, b *bench) error {
	stopNodes(b)
	pair := twins(b)
	defer func() {
		for _, c := range pair {
			c.stop()
		}
	}()
	for _, c := range pair {
		if err := startUpTo(ctx, b, c, b.nodes); err != nil {
			return err
		}
	}
	if pair == nil {
		return nil
	}
	for _, n := range b.listeners() {
		if err := broadcastsTo(ctx, b, pair, n, &b.run.Histories); err != nil {
			return fmt.Errorf("to %s: %w", report.Count(n, "socket"), err)
		}
		if err := harness.Pause(ctx, b.settle); err != nil {
			return err
		}
	}
	return nil
}
