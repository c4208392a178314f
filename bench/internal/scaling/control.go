package scaling

import (
	"context"
	"errors"
	"fmt"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// proofTopic is the topic on which nodes outside of clusters hear each other's proofs.
const proofTopic = "keryx:0:channel:/proof"

// control measures the traffic of nodes that get no messages. All fleets run at the same
// time, each with a redis-server of its own: the cores are nearly idle.
func control(ctx context.Context, b *bench) (err error) {
	var fleets []*fleet
	defer func() {
		for _, f := range fleets {
			err = errors.Join(err, f.stop())
		}
	}()
	for _, nodes := range b.fleets() {
		b.Say("starting %s, each with %s in %s", report.Count(nodes, "node"), report.Count(b.sockets, "socket"), report.Count(roomsOfNode, "channel"))
		f, err := startFleet(ctx, b.Dir, nodes, b.sockets)
		fleets = append(fleets, f)
		if err != nil {
			return fmt.Errorf("%s: %w", report.Count(nodes, "node"), err)
		}
		b.measured(f.server.Version)
	}
	b.Say("traffic without messages, for %v", b.window)
	before := make([]Usage, len(fleets))
	for i, f := range fleets {
		if before[i], err = f.server.usage(ctx); err != nil {
			return err
		}
	}
	if err := harness.Pause(ctx, b.window); err != nil {
		return err
	}
	for i, f := range fleets {
		result, err := f.measure(ctx, before[i])
		if err != nil {
			return err
		}
		b.run.Control = append(b.run.Control, result)
	}
	return nil
}
