package channel

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
)

// node is a hub that runs: one participant among the nodes of an app.
type node struct {
	hub    *Hub
	o      Options
	keys   keyspace
	feed   *feed
	prover *prover
	ledger *ledger
	seats  seats

	ctx    context.Context // ends with the node, and joins with it
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup
}

// newNode returns a node that start has still to run. Each has an id of its own.
func newNode(h *Hub) *node {
	n := &node{hub: h, o: h.o, keys: keysOf(h.o.Redis.Client)}
	n.ctx, n.cancel = context.WithCancelCause(context.Background())
	n.seats.byID = map[string]map[string]*seat{}
	id := rand.Text()
	n.ledger = newLedger(h.o, n.keys, id)
	n.feed = newFeed(h.o, n.keys, id, n.connected, n.gap)
	n.prover = newProver(h.o, n.keys, n.feed, &h.moves)
	n.feed.onNew = n.prover.greet
	return n
}

// start runs until stop.
func (n *node) start(ctx context.Context) error {
	n.wg.Go(func() { n.feed.run(n.ctx) })
	n.wg.Go(func() { n.prover.run(n.ctx) })
	n.wg.Go(func() { n.ledger.run(n.ctx) })
	if err := n.feed.started(ctx); err != nil {
		return fmt.Errorf("channels: cannot subscribe in redis: %w", err)
	}
	return nil
}

// stop takes everybody out and ends the node.
func (n *node) stop(ctx context.Context) error {
	var all []*departure
	for _, id := range n.seats.close() {
		all = append(all, n.leaveAll(id)...)
	}
	n.cancel(errStopped)
	err := n.ended(ctx)
	if err == nil {
		err = n.ledger.retire(ctx)
	}
	for _, d := range all {
		n.left(ctx, d.join)
	}
	return err
}

// ended waits until the goroutines of the node are. One that waits for a Redis
// which does not answer takes its timeout to notice.
func (n *node) ended(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.wg.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("channels: still waiting for redis: %w", context.Cause(ctx))
	}
}

// live returns a context that also ends with the node.
func (n *node) live(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(n.ctx, func() { cancel(context.Cause(n.ctx)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// connected is called when a connection to Redis is up.
func (n *node) connected() {
	n.prover.proveNow()
	n.ledger.beatNow()
}

// gap tells the app that messages may be missing.
func (n *node) gap(g Gap) {
	n.o.Logger.Warn("channel: messages may have been missed", "channels", len(g.Channels), "since", g.Since, "until", g.Until)
	hooks := n.hub.onGap.Load()
	if hooks == nil {
		return
	}
	for _, hook := range *hooks {
		_ = n.guard(n.ctx, "", func() error {
			hook(g)
			return nil
		})
	}
}
