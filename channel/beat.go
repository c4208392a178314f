package channel

import (
	"context"
	"fmt"
	"time"
)

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
