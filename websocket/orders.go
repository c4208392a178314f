package websocket

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// key is that of a stream in Redis: what all nodes are to do with some of their sockets.
func (d *orders) key() string { return d.options.Redis.Key("keryx:sockets") }

const (
	// ordersInterval is how often a node reads the stream.
	ordersInterval = time.Second
	// ordersAge is how long an entry stays, at least: longer than a node may be without
	// Redis and find its sockets still open.
	ordersAge = time.Hour
	// ordersLength bounds the stream.
	ordersLength = 100_000
	// ordersTimeout bounds a read of the stream and of the sessions of a user.
	ordersTimeout = 5 * time.Second
)

// What an order says to do.
const (
	doDisconnect = "disconnect"
	doEvict      = "evict"
	doRecheck    = "recheck"
)

// order is an entry of the stream.
type order struct {
	do      string
	channel string // of doEvict
	who     Who
}

func (o order) values() []any {
	return []any{"do", o.do, "channel", o.channel, "by", o.who.kind, "value", o.who.value, "argument", o.who.argument}
}

func orderOf(values map[string]any) order {
	text := func(key string) string {
		s, _ := values[key].(string)
		return s
	}
	return order{text("do"), text("channel"), Who{text("by"), text("value"), text("argument")}}
}

// orders carries out on this node what any node has ordered. Unlike a message of a
// channel, an entry of the stream is also found by a node that could not reach Redis when
// it was written.
type orders struct {
	options    *Options
	sockets    *sockets
	predicates map[string]Predicate // not changed once the server has started

	started bool               // predicates are complete. The server's mu guards it.
	cancel  context.CancelFunc // ends the reading; nil: it is not under way. The server's mu guards it.
	running sync.WaitGroup

	mu   sync.Mutex          // held while the stream is read
	last string              // the id of the entry that was read last; "": none was looked for
	own  map[string]struct{} // ids of entries after the last that this node has carried out already
}

// start begins to read, if there are users. The caller holds the server's lock.
func (d *orders) start(ctx context.Context) {
	d.started = true
	if d.cancel != nil || d.options.Auth == nil || d.options.Redis == nil {
		return
	}
	d.last, d.own = "", map[string]struct{}{}
	_ = d.read(ctx) // run tries again
	ctx, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	d.running.Go(func() { d.run(ctx) })
}

// stop ends the reading. The caller holds the server's lock.
func (d *orders) stop() {
	if d.cancel != nil {
		d.cancel()
		d.cancel = nil
	}
}

// wait waits until the reading has ended after stop.
func (d *orders) wait() { d.running.Wait() }

// run reads the stream until ctx ends.
func (d *orders) run(ctx context.Context) {
	tick := time.NewTicker(ordersInterval)
	defer tick.Stop()
	for failing := false; ; {
		err := d.read(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			d.options.Logger.Warn("which WebSockets are to be closed or checked is not known, and is found out when Redis answers", "error", err)
		case err == nil && failing:
			d.options.Logger.Info("WebSockets are closed and checked again")
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// send has all nodes carry out an order. This one has done so when it returns.
func (d *orders) send(ctx context.Context, o order) error {
	switch {
	case d.options.Auth == nil || d.options.Redis == nil:
		return errNoIdentities
	case o.who.kind == byPredicate && d.predicates[o.who.value] == nil:
		return o.who.unknown()
	case o.who == Who{}:
		return nil
	}
	client, err := d.options.Redis.Connected()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var added *goredis.StringCmd
	_, err = client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		added = pipe.XAdd(ctx, &goredis.XAddArgs{Stream: d.key(), MaxLen: ordersLength, Approx: true, Values: o.values()})
		pipe.Expire(ctx, d.key(), ordersAge)
		return nil
	})
	if err != nil {
		return err
	}
	if err := d.carryOut(ctx, o); err != nil {
		return err // it is tried again with the next read
	}
	if d.own != nil {
		d.own[added.Val()] = struct{}{}
	}
	return nil
}

// read carries out the orders that have come since the last call. The first call begins
// after those that are there: they are older than the sockets.
func (d *orders) read(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, ordersTimeout)
	defer cancel()
	client, err := d.options.Redis.Connected()
	if err != nil {
		return err
	}
	if d.last == "" {
		newest, err := client.XRevRangeN(ctx, d.key(), "+", "-", 1).Result()
		if err != nil {
			return err
		}
		if d.last = "0-0"; len(newest) > 0 {
			d.last = newest[0].ID
		}
		return nil
	}
	entries, err := client.XRange(ctx, d.key(), "("+d.last, "+").Result()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, done := d.own[e.ID]; !done {
			switch err := d.carryOut(ctx, orderOf(e.Values)); {
			case errors.Is(err, errUnknown):
				d.options.Logger.Error("an order about WebSockets cannot be carried out", "error", err)
			case err != nil:
				return err
			}
		}
		delete(d.own, e.ID)
		d.last = e.ID
	}
	return nil
}

// carryOut does what an order says with the sockets of this node.
func (d *orders) carryOut(ctx context.Context, o order) error {
	some, err := o.who.among(ctx, d.sockets.all(), d.options, d.predicates)
	if err != nil {
		return err
	}
	for _, k := range some {
		switch o.do {
		case doDisconnect:
			k.disconnect()
		case doEvict:
			k.subscriptions.evict(o.channel)
		case doRecheck:
			k.subscriptions.recheckAll()
		default:
			return fmt.Errorf("%w: to do %q", errUnknown, o.do)
		}
	}
	return nil
}
