package websocket

import (
	"context"
	"time"
)

// startPinger sends the client a ping at intervals. An idle socket needs a timer for
// it, and a goroutine only while it waits for an answer.
func (k *socket) startPinger() {
	interval := k.server.options.Config.PingInterval
	k.mu.Lock()
	defer k.mu.Unlock()
	if interval <= 0 {
		interval = forever
	}
	k.pinger = time.AfterFunc(interval, func() { k.spawn(k.ping) })
}

// forever is longer than any socket lives.
const forever = 100 * 365 * 24 * time.Hour

// ping closes the connection of a client that shows no sign of life in time.
func (k *socket) ping() {
	k.relieve()
	before := k.wire.signs.Load()
	ctx, cancel := withTimeout(k.ctx, k.server.options.Config.PingTimeout)
	defer cancel()
	if err := k.ws.Ping(ctx); err != nil && k.wire.signs.Load() == before {
		k.log("a WebSocket does not answer", "error", err)
		_ = k.wire.Close() // which ends the reading
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.gone {
		k.pinger.Reset(k.server.options.Config.PingInterval)
	}
}

// withTimeout is context.WithTimeout, except that a time for which the process was
// stopped counts as no more than a slice of the timeout.
func withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	slice := timeout / timeoutSlices
	left := timeoutSlices
	ctx, cancel := context.WithCancel(ctx)
	var timer *time.Timer
	started := make(chan struct{})
	timer = time.AfterFunc(slice, func() {
		<-started
		if left--; left == 0 {
			cancel()
		} else if ctx.Err() == nil {
			timer.Reset(slice)
		}
	})
	close(started)
	return ctx, func() {
		timer.Stop()
		cancel()
	}
}

// maxControls is how many pings and pongs a client may send in a second.
const maxControls = 50

// control counts a ping or a pong, and reports whether to answer a ping.
func (k *socket) control() bool {
	if !k.controls.allow(maxControls) {
		k.close(flooding)
		return false
	}
	return true
}
