package sockets

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/socket"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
)

// answerLimit is how long an answer may take.
const answerLimit = 10 * time.Second

// roundTrips measures sockets that call an action, one call at a time each.
func roundTrips(ctx context.Context, b *bench) error {
	if err := startNodes(ctx, b, 1); err != nil {
		return err
	}
	for _, n := range b.callers() {
		b.Say("round trips over %s, %s", report.Count(n, "socket"), report.Count(b.rounds, "round"))
		if err := roundTripsOver(ctx, b, n); err != nil {
			return fmt.Errorf("over %s: %w", report.Count(n, "socket"), err)
		}
	}
	return nil
}

func roundTripsOver(ctx context.Context, b *bench, sockets int) error {
	ctx, cancel := context.WithCancel(ctx) // this closes the sockets
	defer cancel()
	var players []*player
	for _, c := range b.contenders {
		callers, err := dialCallers(ctx, c.nodes[0].address, sockets)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		players = append(players, &player{contender: c, nodes: 1, turn: callers.turn})
	}
	load := &Load{Sockets: sockets}
	b.run.RoundTrips = append(b.run.RoundTrips, load)
	return measure(ctx, b, load, players, turnFor(sockets))
}

// caller is a socket that calls an action.
type caller struct {
	conn      *socket.Conn
	n         int64  // calls so far
	say, want []byte // of the current call
	latencies []time.Duration
}

type callers []*caller

func dialCallers(ctx context.Context, address string, n int) (callers, error) {
	var all callers
	for range n {
		conn, err := socket.Dial(ctx, address, "")
		if err != nil {
			return nil, err
		}
		all = append(all, &caller{conn: conn})
	}
	return all, nil
}

// turn lets all sockets call the action for a while.
func (c callers) turn(ctx context.Context, while time.Duration) (sample, error) {
	errs := make([]error, len(c))
	began := time.Now()
	var calling sync.WaitGroup
	for i, k := range c {
		calling.Go(func() { errs[i] = k.call(began.Add(while)) })
	}
	calling.Wait()
	s := sample{elapsed: time.Since(began)}
	for _, k := range c {
		s.messages += len(k.latencies)
		s.latencies = append(s.latencies, k.latencies...)
	}
	if ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	return s, errors.Join(errs...)
}

// call calls the action until a time, at least once.
func (c *caller) call(until time.Time) error {
	c.conn.Limit(until.Add(answerLimit))
	c.latencies = c.latencies[:0]
	for now := time.Now(); ; {
		c.n++
		c.say, c.want = wire.AppendEcho(c.say[:0], c.n), wire.AppendEchoed(c.want[:0], c.n)
		if err := c.conn.Send(c.say); err != nil {
			return err
		}
		answer, err := c.conn.Read()
		if err != nil {
			return err
		}
		if err := wire.Expect(answer, c.want); err != nil {
			return err
		}
		after := time.Now()
		c.latencies = append(c.latencies, after.Sub(now))
		if now = after; !now.Before(until) {
			return nil
		}
	}
}
