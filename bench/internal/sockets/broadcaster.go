package sockets

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/bench/internal/socket"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
)

// slots is more than twice the number of broadcasts in flight.
const slots = 256

// broadcaster broadcasts from one socket to a crowd.
type broadcaster struct {
	contender *contender
	crowd     *crowd
	sender    *socket.Conn
	n         int64 // broadcasts so far
	say, want []byte

	// For the broadcasts in flight, by their number modulo slots.
	sent    [slots]time.Time
	missing [slots]atomic.Int64 // sockets that lack it

	delivered chan delivery
}

// delivery is the time at which the last socket got a broadcast.
type delivery struct {
	n  int64
	at time.Time
}

func newBroadcaster(c *contender, to *crowd) *broadcaster {
	b := &broadcaster{contender: c, crowd: to, delivered: make(chan delivery, slots)}
	to.heard = b.hear
	return b
}

// hear takes a message to a socket of the crowd. It must be the next broadcast.
func (b *broadcaster) hear(m *member, message []byte) error {
	if wire.IsPresence(message) {
		return nil
	}
	if b.contender.channel == kept {
		message, m.position = wire.CutPosition(message)
		m.want = wire.AppendKept(m.want[:0], m.next)
	} else {
		m.want = wire.AppendNews(m.want[:0], m.next)
	}
	if err := wire.Expect(message, m.want); err != nil {
		return err
	}
	if b.missing[m.next%slots].Add(-1) == 0 {
		b.delivered <- delivery{m.next, time.Now()}
	}
	m.next++
	return nil
}

// turn broadcasts for a while, at least once. It sends a broadcast when the previous
// one is answered and fewer than inFlight have yet to reach all sockets. It returns
// when all sockets have all broadcasts.
func (b *broadcaster) turn(inFlight int, while time.Duration) (sample, error) {
	var s sample
	began := time.Now()
	late := time.NewTimer(while + answerLimit)
	defer late.Stop()
	b.sender.Limit(began.Add(while + answerLimit))
	underWay := 0
	for first := true; first || time.Since(began) < while; first = false {
		for ; underWay >= inFlight; underWay-- {
			if err := b.await(&s, late.C); err != nil {
				return s, err
			}
		}
		underWay++
		if err := b.send(); err != nil {
			return s, b.crowd.cause(err)
		}
	}
	for ; underWay > 0; underWay-- {
		if err := b.await(&s, late.C); err != nil {
			return s, err
		}
	}
	s.elapsed = time.Since(began)
	return s, nil
}

// send sends the next broadcast and reads the answer.
func (b *broadcaster) send() error {
	b.n++
	b.missing[b.n%slots].Store(int64(len(b.crowd.members)))
	call := wire.AppendBroadcast
	if b.contender.channel == kept {
		call = wire.AppendKeep
	}
	b.say, b.want = call(b.say[:0], b.n), wire.AppendSent(b.want[:0], b.n)
	b.sent[b.n%slots] = time.Now()
	if err := b.sender.Send(b.say); err != nil {
		return err
	}
	answer, err := b.sender.Read()
	if err != nil {
		return err
	}
	return wire.Expect(answer, b.want)
}

// await adds the delivery of one broadcast to the sample.
func (b *broadcaster) await(s *sample, late <-chan time.Time) error {
	select {
	case d := <-b.delivered:
		s.messages += len(b.crowd.members)
		s.latencies = append(s.latencies, d.at.Sub(b.sent[d.n%slots]))
		return nil
	case <-b.crowd.ctx.Done():
		return context.Cause(b.crowd.ctx)
	case <-late:
		return fmt.Errorf("broadcast %d has not come to all sockets after %v: %d lack it", b.n, answerLimit, b.missing[b.n%slots].Load())
	}
}
