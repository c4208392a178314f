package channel

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// maxChanges is how many changes of one channel go into one script, which holds
// up the others while it runs.
const maxChanges = 250

// retryPause is when what Redis did not take is tried again.
const retryPause = time.Second

// ledger keeps what this node claims in Redis as it is here: the members that are present in
// which channel. One goroutine does it all, so changes happen in order, and what
// comes while a round trip is under way shares the next one.
type ledger struct {
	client  goredis.UniversalClient
	keys    keyspace
	node    string
	ttl     time.Duration
	every   time.Duration
	timeout time.Duration
	log     *slog.Logger

	mu     sync.Mutex
	queue  []*change
	closed bool
	wake   chan struct{}
	pulse  chan struct{} // asks for a beat now

	// Of the goroutine:
	rosters map[string]*roster // by channel
	due     time.Time          // of the next beat
	failing bool               // and it has been logged
}

// change is one connection of this node becoming present in a channel, or not.
type change struct {
	name      string
	add       bool
	conn, key string
	done      chan error // of capacity 1
}

// roster is what this node has to claim in one channel.
type roster struct {
	conns map[string]string // connection to presence key
	wrong bool              // Redis may have something else
}

func newLedger(o Options, keys keyspace, node string) *ledger {
	return &ledger{
		client: o.Redis.Client, keys: keys, node: node, log: o.Logger,
		ttl: o.PresenceTTL, every: o.Heartbeat, timeout: o.Timeout,
		wake: make(chan struct{}, 1), pulse: make(chan struct{}, 1), rosters: map[string]*roster{},
	}
}

// submit queues a change. Its result is sent to done.
func (l *ledger) submit(name string, add bool, conn, key string) *change {
	c := &change{name: name, add: add, conn: conn, key: key, done: make(chan error, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		c.done <- errStopped
		return c
	}
	l.queue = append(l.queue, c)
	signal(l.wake)
	return c
}

// wait returns when Redis has the change, or with an error.
func (c *change) wait(ctx context.Context) error {
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// beatNow asks for a beat without waiting for it.
func (l *ledger) beatNow() { signal(l.pulse) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run works until ctx ends.
func (l *ledger) run(ctx context.Context) {
	l.due = time.Now().Add(l.every)
	timer := time.NewTimer(l.every)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(l.due))
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
			l.apply(ctx, l.take(false))
		case <-l.pulse:
			l.beat(ctx)
		case <-timer.C:
			l.beat(ctx)
		}
	}
}

// take empties the queue, and closes it if it is the last time.
func (l *ledger) take(last bool) []*change {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.queue
	l.queue = nil
	l.closed = l.closed || last
	return queue
}

// apply makes changes here and in Redis.
func (l *ledger) apply(ctx context.Context, changes []*change) {
	byName := map[string][]*change{}
	for _, c := range changes {
		r := l.roster(c.name)
		if c.add {
			r.conns[c.conn] = c.key
		} else {
			delete(r.conns, c.conn)
		}
		byName[c.name] = append(byName[c.name], c)
	}
	var calls []*call
	var parts [][]*change // what each call is for
	for name, all := range byName {
		for len(all) > 0 {
			part := all[:min(len(all), maxChanges)]
			all = all[len(part):]
			calls, parts = append(calls, l.changeCall(name, part)), append(parts, part)
		}
	}
	runAll(ctx, l.client, l.timeout, calls)
	counts := map[string]int64{}
	for i, c := range calls {
		count, err := l.outcome(c)
		if err == nil {
			counts[c.name] = count
		}
		for _, change := range parts[i] {
			change.done <- err
		}
	}
	for name, count := range counts {
		if r := l.rosters[name]; count != int64(len(r.conns)) {
			r.wrong = true
			l.dueIn(0)
		}
	}
	l.sweep()
}

func (l *ledger) changeCall(name string, changes []*change) *call {
	args := make([]any, 0, 3*len(changes))
	for _, c := range changes {
		if c.add {
			args = append(args, "+", c.conn, c.key)
		} else {
			args = append(args, "-", c.conn, "")
		}
	}
	return changeScript.call(l.keys, name, l.node, l.ttl, args...)
}

// outcome reads the reply {number, nextDeath}. An error makes the roster wrong.
func (l *ledger) outcome(c *call) (int64, error) {
	reply, err := c.cmd.Int64Slice()
	if err != nil || len(reply) < 2 {
		l.roster(c.name).wrong = true
		l.dueIn(min(retryPause, l.every))
		l.complain(err)
		return 0, err
	}
	l.failing = false
	if reply[1] > 0 {
		l.dueIn(time.Duration(reply[1]+1) * time.Millisecond)
	}
	return reply[0], nil
}

// complain logs the first of several errors.
func (l *ledger) complain(err error) {
	if !l.failing {
		l.log.Warn("channel: presence cannot be written to redis, and is put right when it can", "error", err)
	}
	l.failing = true
}

// dueIn has the next beat no later than in d.
func (l *ledger) dueIn(d time.Duration) {
	if at := time.Now().Add(d); at.Before(l.due) {
		l.due = at
	}
}

func (l *ledger) roster(name string) *roster {
	r := l.rosters[name]
	if r == nil {
		r = &roster{conns: map[string]string{}}
		l.rosters[name] = r
	}
	return r
}

// sweep forgets the channels that have no subscriber on this node.
func (l *ledger) sweep() {
	for name, r := range l.rosters {
		if len(r.conns) == 0 && !r.wrong {
			delete(l.rosters, name)
		}
	}
}

// beat tells Redis that this node is alive, for all channels in one round trip,
// removes what dead nodes have left, and puts right what Redis has wrong.
func (l *ledger) beat(ctx context.Context) {
	l.due = time.Now().Add(l.every)
	var calls []*call
	var wrong []string
	for name, r := range l.rosters {
		if r.wrong {
			wrong = append(wrong, name)
			continue
		}
		calls = append(calls, beatScript.call(l.keys, name, l.node, l.ttl, len(r.conns)))
	}
	runAll(ctx, l.client, l.timeout, calls)
	for _, c := range calls {
		if renewed, err := l.outcome(c); err == nil && renewed == 0 {
			l.rosters[c.name].wrong = true
			wrong = append(wrong, c.name)
		}
	}
	if len(wrong) > 0 {
		l.repair(ctx, wrong)
	}
	l.sweep()
}

// repair makes what this node claims in Redis what it is here. Redis may have
// been emptied, or have been without us for so long that others took us for
// dead, or have missed changes.
func (l *ledger) repair(ctx context.Context, names []string) {
	reads := make([]*call, len(names))
	for i, name := range names {
		reads[i] = claimsScript.call(l.keys, name, l.node, l.ttl)
	}
	runAll(ctx, l.client, l.timeout, reads)

	var writes []*call
	for _, read := range reads {
		stored, err := read.cmd.StringSlice()
		if err != nil {
			l.dueIn(min(retryPause, l.every))
			l.complain(err)
			continue
		}
		changes := l.differences(read.name, stored)
		l.rosters[read.name].wrong = false // unless one of the following fails
		for len(changes) > 0 {
			part := changes[:min(len(changes), maxChanges)]
			changes = changes[len(part):]
			writes = append(writes, l.changeCall(read.name, part))
		}
	}
	runAll(ctx, l.client, l.timeout, writes)
	for _, w := range writes {
		_, _ = l.outcome(w)
	}
	if len(writes) > 0 {
		l.log.Info("channel: presence in redis was repaired", "channels", len(names))
	}
}

// differences returns the changes after which Redis has what is here. All of
// it is written again, since more than the connections may be missing.
func (l *ledger) differences(name string, stored []string) []*change {
	var changes []*change
	r := l.rosters[name]
	for _, conn := range stored {
		if _, here := r.conns[conn]; !here {
			changes = append(changes, &change{name: name, conn: conn})
		}
	}
	for conn, key := range r.conns {
		changes = append(changes, &change{name: name, add: true, conn: conn, key: key})
	}
	return changes
}

// retire removes everything of this node from Redis. It is called when run has
// returned.
func (l *ledger) retire(ctx context.Context) error {
	for _, c := range l.take(true) {
		l.roster(c.name)
		c.done <- errStopped
	}
	var calls []*call
	for name := range l.rosters {
		calls = append(calls, retireScript.call(l.keys, name, l.node, l.ttl))
	}
	runAll(ctx, l.client, l.timeout, calls)
	for _, c := range calls {
		if err := c.cmd.Err(); err != nil {
			return fmt.Errorf("leave the channels: %w; the members of this node stay present for up to %v", err, l.ttl)
		}
	}
	return nil
}
