package websocket

import (
	"context"
	"sync"
	"time"
)

// pinger sends the client of a socket a ping at intervals. An idle socket needs a timer
// for it, and a goroutine only while it waits for an answer.
type pinger struct {
	socket *socket

	mu      sync.Mutex
	timer   *time.Timer
	stopped bool
}

// forever is longer than any socket lives.
const forever = 100 * 365 * 24 * time.Hour

// start sets the timer. An interval of zero means that no pings are sent.
func (p *pinger) start() {
	interval := p.socket.server.options.Config.PingInterval
	p.mu.Lock()
	defer p.mu.Unlock()
	if interval <= 0 {
		interval = forever
	}
	p.timer = time.AfterFunc(interval, func() { p.socket.spawn(p.ping) })
}

func (p *pinger) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.timer.Stop()
}

// ping closes the connection of a client that shows no sign of life in time.
func (p *pinger) ping() {
	k := p.socket
	k.workers.endIdle()
	before := k.wire.signs.Load()
	ctx, cancel := withTimeout(k.ctx, k.server.options.Config.PingTimeout)
	defer cancel()
	if err := k.ws.Ping(ctx); err != nil && k.wire.signs.Load() == before {
		k.log("a WebSocket does not answer", "error", err)
		_ = k.wire.Close() // which ends the reading
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped {
		p.timer.Reset(k.server.options.Config.PingInterval)
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
