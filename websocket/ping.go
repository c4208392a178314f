package websocket

import (
	"context"
	"time"
)

// startPinger asks the client now and then whether it is still there. It costs an
// idle socket a timer, and a goroutine only while an answer is due.
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

// ping closes the connection of a client that does not answer in time. While the
// reading goroutine waits for something else than the client, an answer could
// not be heard, and none is asked for.
func (k *socket) ping() {
	k.relieve()
	before := k.stalls.Load()
	if before%2 == 0 {
		ctx, cancel := context.WithTimeout(k.ctx, k.server.options.Config.PingTimeout)
		defer cancel()
		if err := k.ws.Ping(ctx); err != nil && k.stalls.Load() == before {
			k.log("a WebSocket does not answer", "error", err)
			_ = k.wire.Close() // which ends the reading
			return
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.gone {
		k.pinger.Reset(k.server.options.Config.PingInterval)
	}
}

// maxControls is how many pings and pongs a client may send in a second.
const maxControls = 50

// control counts a ping or a pong, and returns whether a ping is to be answered.
func (k *socket) control() bool {
	if !k.controls.allow(maxControls) {
		k.close(flooding)
		return false
	}
	return true
}
