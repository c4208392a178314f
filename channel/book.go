package channel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// maxChanges is how many changes of one channel go into one script, which holds
	// up the others while it runs.
	maxChanges = 250
	// retryPause is when what Redis did not take is tried again.
	retryPause = time.Second
	// leastSleep is how long a process must have stood still at least before what its
	// subscribers were told of others is out of date.
	leastSleep = 5 * time.Second
)

// errLost says that Redis has lost what this node claims again while it was restored.
var errLost = errors.New("redis has lost its data")

// book is what this node claims, and brings it to Redis. It belongs to the goroutine of
// the ledger.
type book struct {
	client   goredis.UniversalClient
	keys     keyspace
	origin   origin
	every    time.Duration
	timeout  time.Duration
	log      *slog.Logger
	presence func(name string) *attendance // of a channel; may return nil
	lookout  lookout

	rosters map[string]*roster // by channel
	due     time.Time          // of the next beat
	tried   time.Time          // when Redis was last asked for anything
	failing bool               // and it has been logged
}

func newBook(o Options, keys keyspace, node string, presence func(string) *attendance) *book {
	return &book{
		client: o.Redis.Client, keys: keys, origin: origin{node: node, ttl: o.PresenceTTL}, log: o.Logger,
		every: o.Heartbeat, timeout: o.Timeout, presence: presence, rosters: map[string]*roster{},
		lookout: lookout{o.Redis.Client, keys, node, o.Timeout},
	}
}

// open is called before all others.
func (b *book) open() {
	b.tried = time.Now()
	b.due = b.tried.Add(b.every)
}

// call prepares a run of a script for the channel of a roster.
func (b *book) call(s script, r *roster, args ...any) *call {
	o := b.origin
	o.fresh = rand.Text()
	return s.call(b.keys, o, r.name, r.life, args...)
}

// run runs calls of one script.
func (b *book) run(ctx context.Context, calls []*call) {
	if len(calls) > 0 {
		runAll(ctx, b.client, b.timeout, calls)
	}
	b.tried = time.Now()
}

// apply makes changes here and in Redis.
func (b *book) apply(ctx context.Context, changes []*change) {
	byName := map[string][]*change{}
	for _, c := range changes {
		b.roster(c.name).take(c)
		byName[c.name] = append(byName[c.name], c)
	}
	var calls []*call
	var parts [][]*change // what each call is for
	for name, all := range byName {
		for len(all) > 0 {
			part := all[:min(len(all), maxChanges)]
			all = all[len(part):]
			calls, parts = append(calls, b.changeCall(b.rosters[name], part)), append(parts, part)
		}
	}
	b.run(ctx, calls)
	counts := map[string]int64{}
	lost := map[string][]*change{}
	for i, c := range calls {
		a, err := b.outcome(c)
		switch {
		case err == nil && a.count < 0:
			lost[c.name] = append(lost[c.name], parts[i]...)
			b.rosters[c.name].spoil(parts[i]...)
			continue
		case err == nil:
			counts[c.name] = a.count
			b.confirm(c.name, a.life, parts[i])
		default:
			b.rosters[c.name].spoil(parts[i]...)
		}
		finish(parts[i], err)
	}
	for name, count := range counts {
		if r := b.rosters[name]; count != int64(len(r.conns)) {
			r.wrong = true
			b.dueIn(0)
		}
	}
	if len(lost) > 0 {
		names := make([]string, 0, len(lost))
		for name := range lost {
			names = append(names, name)
		}
		failed := b.repair(ctx, names)
		for name, all := range lost {
			finish(all, failed[name])
		}
	}
	b.sweep()
}

// finish tells who waits for changes what came of them.
func finish(changes []*change, err error) {
	for _, c := range changes {
		if c.done != nil {
			c.done <- err
		}
	}
}

func (b *book) changeCall(r *roster, changes []*change) *call {
	args := make([]any, 0, 3*len(changes))
	for _, c := range changes {
		if c.add {
			args = append(args, "+", c.conn, c.key)
		} else {
			args = append(args, "-", c.conn, "")
		}
	}
	return b.call(changeScript, r, args...)
}

// confirm notes that Redis has changes.
func (b *book) confirm(name, life string, changes []*change) {
	b.rosters[name].life = life
	told := b.presence(name)
	for _, c := range changes {
		if c.add {
			told.add(c.key)
		}
	}
}

// outcome returns the answer to a call. An error makes the roster wrong.
func (b *book) outcome(c *call) (answer, error) {
	a, err := c.answer()
	if err != nil {
		b.roster(c.name).wrong = true
		b.dueIn(min(retryPause, b.every))
		b.complain(err)
		return a, err
	}
	b.failing = false
	if a.next > 0 {
		b.dueIn(a.next + time.Millisecond)
	}
	return a, nil
}

// complain logs the first of several errors.
func (b *book) complain(err error) {
	if !b.failing {
		b.log.Warn("channel: presence cannot be written to redis, and is put right when it can", "error", err)
	}
	b.failing = true
}

// dueIn has the next beat no later than in d.
func (b *book) dueIn(d time.Duration) {
	if at := time.Now().Add(d); at.Before(b.due) {
		b.due = at
	}
}

func (b *book) roster(name string) *roster {
	r := b.rosters[name]
	if r == nil {
		r = &roster{name: name, conns: map[string]string{}}
		b.rosters[name] = r
	}
	return r
}

// sweep forgets the channels that have no subscriber on this node.
func (b *book) sweep() {
	for name, r := range b.rosters {
		if len(r.conns) == 0 && !r.wrong {
			delete(b.rosters, name)
		}
	}
}

// look finds out whether Redis still has what this node claims, without asking for all.
func (b *book) look(ctx context.Context) {
	if !b.failing && b.lookout.lost(ctx, b.rosters) {
		b.beat(ctx)
	}
	b.wakes()
}

// wakes notes that the process runs. If it has stood still for so long that others took
// it for dead, it does not know any more what its subscribers missed.
func (b *book) wakes() {
	if time.Since(b.tried) > max(b.origin.ttl-b.every, leastSleep) {
		for name := range b.rosters {
			b.presence(name).forget()
		}
	}
	b.tried = time.Now()
}

// beat tells Redis that this node is alive, for all channels in one round trip,
// removes what dead nodes have left, and puts right what Redis has wrong.
func (b *book) beat(ctx context.Context) {
	b.wakes()
	b.due = time.Now().Add(b.every)
	var calls []*call
	var asked []*attendance // of each call; nil: members were not asked for
	var wrong []string
	for name, r := range b.rosters {
		if r.wrong {
			wrong = append(wrong, name)
			continue
		}
		told, ask := b.presence(name), "0"
		if told.ask() {
			ask = "1"
		} else {
			told = nil
		}
		calls, asked = append(calls, b.call(beatScript, r, len(r.conns), ask)), append(asked, told)
	}
	b.run(ctx, calls)
	for i, c := range calls {
		switch a, err := b.outcome(c); {
		case err != nil:
		case a.count == 0:
			b.rosters[c.name].wrong = true
			wrong = append(wrong, c.name)
		case asked[i] != nil:
			asked[i].learn(a.all)
		}
	}
	if len(wrong) > 0 {
		b.repair(ctx, wrong)
	}
	b.sweep()
}

// repair makes what this node claims in Redis what it is here. Redis may have
// been emptied, or have been without us for so long that others took us for
// dead, or have missed changes. It returns the errors of the channels that are wrong still.
func (b *book) repair(ctx context.Context, names []string) map[string]error {
	failed := map[string]error{}
	var restores, writes []*call
	for _, name := range names {
		r := b.rosters[name]
		for _, args := range r.restore(b.presence(name).list()) {
			restores = append(restores, b.call(restoreScript, r, args...))
		}
	}
	b.run(ctx, restores)
	lives := map[string]string{}
	for _, c := range restores {
		if a, err := b.outcome(c); err != nil {
			failed[c.name] = err
		} else {
			lives[c.name] = a.life
		}
	}
	for _, name := range names {
		if failed[name] != nil {
			continue
		}
		r := b.rosters[name]
		r.life, r.wrong, r.left = lives[name], false, nil // unless one of the following fails
		for part := range slices.Chunk(r.changes(), maxChanges) {
			writes = append(writes, b.changeCall(r, part))
		}
	}
	b.run(ctx, writes)
	for _, c := range writes {
		a, err := b.outcome(c)
		if err == nil && a.count < 0 {
			err = errLost
			b.rosters[c.name].wrong = true
			b.dueIn(min(retryPause, b.every))
		}
		if err != nil {
			failed[c.name] = err
		}
	}
	b.log.Info("channel: presence in redis was repaired", "channels", len(names)-len(failed))
	return failed
}

// retire removes everything of this node from Redis.
func (b *book) retire(ctx context.Context) error {
	var calls []*call
	for _, r := range b.rosters {
		calls = append(calls, b.call(retireScript, r))
	}
	b.run(ctx, calls)
	var lost []string
	for _, c := range calls {
		a, err := c.answer()
		if err != nil {
			return fmt.Errorf("leave the channels: %w; the members of this node stay present for up to %v", err, b.origin.ttl)
		}
		if a.count < 0 { // others know of the members still
			b.rosters[c.name].abandon()
			lost = append(lost, c.name)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	for _, err := range b.repair(ctx, lost) {
		return fmt.Errorf("leave the channels: %w; the members of this node stay present for up to %v", err, b.origin.ttl)
	}
	return nil
}
