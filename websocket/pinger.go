package websocket

import (
	"bytes"
	"strconv"
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
	payload []byte        // of the ping under way; nil: there is none
	pong    chan struct{} // closed when it is answered
	at      int64         // how many bytes were sent before it; -1: it waits to be written
	read    int64         // that of the last ping that was answered: the client has read so many
	number  uint64        // of pings
}

// forever is longer than any socket lives.
const forever = 100 * 365 * 24 * time.Hour

// slowest is the rate, in bytes a second, at which a client has to read at least. What is
// sent to a slow client lies in buffers of the network, megabytes of it, and a ping lies
// behind it: a client that reads at this rate has the time to come to the ping.
const slowest = 4 << 10

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

// ping closes the connection of a client that shows no sign of life in time. The ping
// is queued behind the messages. While they are written, [wire] closes the connection of a
// client that takes nothing.
func (p *pinger) ping() {
	k := p.socket
	k.workers.endIdle()
	before := k.wire.signs.Load()
	payload, pong := p.begin()
	k.sender.control(opPing, payload)
	if !p.await(pong) && k.ctx.Err() == nil && k.wire.signs.Load() == before {
		k.log("a WebSocket does not answer")
		_ = k.wire.Close() // which ends the reading
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped {
		p.timer.Reset(k.server.options.Config.PingInterval)
	}
}

func (p *pinger) begin() (payload []byte, pong <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	p.payload = strconv.AppendUint(nil, p.number, 10)
	p.pong, p.at = make(chan struct{}), -1
	return p.payload, p.pong
}

// written notes how many bytes were sent before the ping.
func (p *pinger) written(position int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = position
}

// answered is called with the payload of a pong.
func (p *pinger) answered(payload []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.payload != nil && p.at >= 0 && bytes.Equal(payload, p.payload) {
		p.payload, p.read = nil, p.at
		close(p.pong)
	}
}

// await reports whether the pong comes in time. A time for which the process was stopped
// counts as no more than a slice of the timeout.
func (p *pinger) await(pong <-chan struct{}) bool {
	slice := max(p.socket.server.options.Config.PingTimeout/timeoutSlices, 1)
	timer := time.NewTimer(slice)
	defer timer.Stop()
	for waited := slice; ; waited += slice {
		select {
		case <-pong:
			return true
		case <-p.socket.ctx.Done():
			return false
		case <-timer.C:
		}
		if p.late(waited) {
			return false
		}
		timer.Reset(slice)
	}
}

// late reports whether a client that reads at the slowest rate would have answered.
func (p *pinger) late(waited time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at < 0 {
		return false
	}
	behind := time.Duration(p.at-p.read) * (time.Second / slowest)
	return waited >= p.socket.server.options.Config.PingTimeout+behind
}
