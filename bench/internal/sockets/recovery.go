package sockets

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/socket"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
)

// mostMissed is the number of messages that the servers' history keeps.
const mostMissed = 1000

// Recovery is what it takes that all subscribers come back at once with a position. A
// round's messages are those that they have missed, its time is until all have caught
// up, and its percentiles are of the times of single subscribers.
type Recovery struct {
	Sockets int     `json:"sockets"`
	Missed  int     `json:"missed"` // messages, by each
	Rounds  []Round `json:"rounds"`
}

// recovery measures the framework alone.
func recovery(ctx context.Context, b *bench) error {
	stopNodes(b)
	pair := twins(b)
	if pair == nil {
		return nil
	}
	c := pair[1]
	defer c.stop()
	if err := startUpTo(ctx, b, c, b.nodes); err != nil {
		return err
	}
	b.Say("recovery: %s come back for %s each, %s", report.Count(b.returning, "subscriber"), report.Count(b.missed, "message"), report.Count(b.rounds, "round"))
	position, err := miss(ctx, c, b.missed)
	if err != nil {
		return err
	}
	r := &Recovery{Sockets: b.returning, Missed: b.missed}
	b.run.Recovery = append(b.run.Recovery, r)
	for i := range 1 + b.rounds { // the first warms up
		round, err := comeBack(ctx, b, c, position)
		if err != nil {
			return err
		}
		if i > 0 {
			r.Rounds = append(r.Rounds, round)
		}
		if err := harness.Pause(ctx, b.settle); err != nil { // nodes must notice the sockets that left
			return err
		}
	}
	return nil
}

// miss broadcasts messages, and returns the position before them.
func miss(ctx context.Context, c *contender, messages int) (position string, err error) {
	m, err := dialMember(ctx, c.nodes[0].address, "", kept)
	if err != nil {
		return "", err
	}
	m.conn.Close()
	sender, err := socket.Dial(ctx, c.nodes[0].address, "")
	if err != nil {
		return "", err
	}
	defer sender.Close()
	sender.Limit(time.Now().Add(answerLimit))
	for n := range int64(messages) {
		if err := sender.Send(wire.AppendKeep(nil, n+1)); err != nil {
			return "", err
		}
		answer, err := sender.Read()
		if err != nil {
			return "", err
		}
		if err := wire.Expect(answer, wire.AppendSent(nil, n+1)); err != nil {
			return "", err
		}
	}
	return m.position, nil
}

// comeBack opens sockets, lets all of them subscribe at once, and takes the time until
// each has what it missed.
func comeBack(ctx context.Context, b *bench, c *contender, position string) (Round, error) {
	crowd, err := dialCrowd(ctx, c.addresses(), b.returning, "")
	defer crowd.close()
	if err != nil {
		return Round{}, err
	}
	before, err := c.cpu(b.nodes)
	if err != nil {
		return Round{}, err
	}
	s := sample{messages: b.returning * b.missed, latencies: make([]time.Duration, b.returning)}
	errs := make([]error, b.returning)
	say := wire.SubscribeKept(position)
	began := time.Now()
	var catching sync.WaitGroup
	for i, m := range crowd.members {
		catching.Go(func() {
			if errs[i] = m.catchUp(say, b.missed); errs[i] != nil {
				errs[i] = fmt.Errorf("socket %d of %d: %w", i+1, b.returning, errs[i])
			}
			s.latencies[i] = time.Since(began)
		})
	}
	catching.Wait()
	s.elapsed = time.Since(began)
	if ctx.Err() != nil {
		return Round{}, context.Cause(ctx)
	}
	after, err := c.cpu(b.nodes)
	return s.round(after - before), errors.Join(append(errs, err)...)
}
