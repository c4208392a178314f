package websocket

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// disconnectsKey is a stream in Redis: the users whose sockets are to be closed.
const disconnectsKey = "keryx:disconnects"

const (
	// disconnectsInterval is how often a node reads the stream.
	disconnectsInterval = time.Second
	// disconnectsAge is how long an entry stays, at least: longer than a node may be
	// without Redis and find its sockets still open.
	disconnectsAge = time.Hour
	// disconnectsLength bounds the stream.
	disconnectsLength = 100_000
	// disconnectsTimeout bounds a read of the stream and of the sessions of a user.
	disconnectsTimeout = 5 * time.Second
)

// disconnects closes the sockets of users on this node, as all nodes have them written
// into a stream. Unlike a message of a channel, an entry is also found by a node that
// could not reach Redis when it was written.
type disconnects struct {
	options *Options
	sockets *sockets

	cancel  context.CancelFunc // ends the reading; nil: it is not under way. The server's mu guards it.
	running sync.WaitGroup

	mu   sync.Mutex // held while the stream is read
	last string     // the id of the entry that was read last; "": none was looked for
}

var errNoDisconnects = errors.New("sockets belong to users where the server has Options.Auth and Options.Redis only")

// start begins to read, if there are users. The caller holds the server's lock.
func (d *disconnects) start(ctx context.Context) {
	if d.cancel != nil || d.options.Auth == nil || d.options.Redis == nil {
		return
	}
	d.last = ""
	_ = d.read(ctx) // run tries again
	ctx, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	d.running.Go(func() { d.run(ctx) })
}

// stop ends the reading. The caller holds the server's lock.
func (d *disconnects) stop() {
	if d.cancel != nil {
		d.cancel()
		d.cancel = nil
	}
}

// wait waits until the reading has ended after stop.
func (d *disconnects) wait() { d.running.Wait() }

// run reads the stream until ctx ends.
func (d *disconnects) run(ctx context.Context) {
	tick := time.NewTicker(disconnectsInterval)
	defer tick.Stop()
	for failing := false; ; {
		err := d.read(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			d.options.Logger.Warn("the WebSockets of users that are to be disconnected are not known, and closed when Redis answers", "error", err)
		case err == nil && failing:
			d.options.Logger.Info("the WebSockets of users are disconnected again")
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// send has all nodes close the sockets of a user. This one has done so when it returns.
func (d *disconnects) send(ctx context.Context, subject string) error {
	if d.options.Auth == nil || d.options.Redis == nil {
		return errNoDisconnects
	}
	client, err := d.options.Redis.Connected()
	if err == nil {
		err = d.read(ctx) // it may be the first one
	}
	if err == nil {
		_, err = client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
			pipe.XAdd(ctx, &goredis.XAddArgs{Stream: disconnectsKey, MaxLen: disconnectsLength, Approx: true, Values: []any{"subject", subject}})
			pipe.Expire(ctx, disconnectsKey, disconnectsAge)
			return nil
		})
	}
	if err == nil {
		err = d.read(ctx)
	}
	if err != nil {
		return fmt.Errorf("disconnect the WebSockets of a user: %w", err)
	}
	return nil
}

// read closes the sockets of the users in the entries that have come since the last call.
// The first call begins after those that are there: they are older than the sockets.
func (d *disconnects) read(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, disconnectsTimeout)
	defer cancel()
	client, err := d.options.Redis.Connected()
	if err != nil {
		return err
	}
	if d.last == "" {
		newest, err := client.XRevRangeN(ctx, disconnectsKey, "+", "-", 1).Result()
		if err != nil {
			return err
		}
		if d.last = "0-0"; len(newest) > 0 {
			d.last = newest[0].ID
		}
		return nil
	}
	entries, err := client.XRange(ctx, disconnectsKey, "("+d.last, "+").Result()
	if err != nil {
		return err
	}
	for _, e := range entries {
		subject, _ := e.Values["subject"].(string)
		if err := d.disconnect(ctx, subject); err != nil {
			return err
		}
		d.last = e.ID
	}
	return nil
}

// disconnect closes the sockets of a user on this node.
func (d *disconnects) disconnect(ctx context.Context, subject string) error {
	all := d.sockets.all()
	if subject == "" || len(all) == 0 {
		return nil
	}
	connected, err := d.options.Auth.Connected(ctx, subject)
	if err != nil {
		return err
	}
	for _, k := range all {
		if connected(d.options.Attach(k.ctx)) {
			k.disconnect()
		}
	}
	return nil
}
