package sockets

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/socket"
)

// broadcasts measures broadcasts from one socket to many, which are spread over all
// nodes.
func broadcasts(ctx context.Context, b *bench) error {
	if err := startNodes(ctx, b, b.nodes); err != nil {
		return err
	}
	for _, n := range b.listeners() {
		if err := broadcastsTo(ctx, b, b.contenders, n, &b.run.Broadcasts); err != nil {
			return fmt.Errorf("to %s: %w", report.Count(n, "socket"), err)
		}
		if err := harness.Pause(ctx, b.settle); err != nil { // nodes must notice the sockets that left
			return err
		}
	}
	return nil
}

// broadcastsTo measures the contenders, and adds the results to loads.
func broadcastsTo(ctx context.Context, b *bench, contenders []*contender, sockets int, loads *[]*Load) error {
	var broadcasters []*broadcaster
	defer func() {
		for _, k := range broadcasters {
			k.crowd.close()
		}
	}()
	for _, c := range contenders {
		crowd, err := dialCrowd(ctx, c.addresses(), sockets, cmp.Or(c.channel, news))
		k := newBroadcaster(c, crowd)
		broadcasters = append(broadcasters, k)
		if err == nil {
			k.sender, err = socket.Dial(crowd.ctx, c.nodes[0].address, "")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		crowd.listen()
	}
	for _, inFlight := range b.underWay() {
		b.Say("broadcasts to %s, %d in flight, %s", report.Count(sockets, "socket"), inFlight, report.Count(b.rounds, "round"))
		var players []*player
		for _, k := range broadcasters {
			players = append(players, &player{
				contender: k.contender, nodes: b.nodes,
				turn: func(_ context.Context, while time.Duration) (sample, error) { return k.turn(inFlight, while) },
			})
		}
		load := &Load{Sockets: sockets, InFlight: inFlight}
		*loads = append(*loads, load)
		if err := measure(ctx, b, load, players, turnFor(sockets*inFlight)); err != nil {
			return err
		}
	}
	for _, k := range broadcasters { // a duplicate message would come before the answer
		if err := k.crowd.call(k.n); err != nil {
			return fmt.Errorf("%s: after the last broadcast: %w", k.contender.name, err)
		}
	}
	return nil
}
