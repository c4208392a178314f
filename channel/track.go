package channel

import (
	"sync"
	"time"
)

// track keeps the messages of a room complete and in order, for a channel with a
// history. Each message names the one before it, so a track notices when one is
// missing. From then on messages wait, until a catcher has read the missing ones from
// the history, or has reported that they are lost.
type track struct {
	room *room
	keep History
	sure func() time.Time // everything that was broadcast before has come in
	fill func(*track)     // has the missing messages read

	mu      sync.Mutex
	run     int       // a result of the reading is for the run that it began in
	last    string    // the position of the last message delivered; "": not known yet
	at      time.Time // when that was delivered
	repeats string    // messages up to here were read, and may come in once more
	behind  bool      // messages are missing: others wait in queue
	again   bool      // more may be missing than what is being read
	began   time.Time // of the reading, if none of it has brought anything
	since   time.Time // a message that is missing was broadcast after this
	queue   []*Message
	bytes   int
	ahead   []*held // subscribers that have got messages from the history which come in later here
}

// maxWaiting is how many bytes of messages may wait in a track.
const maxWaiting = 4 << 20

// take takes what has come in.
func (t *track) take(messages ...*Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.behind {
		t.wait(messages)
		return
	}
	if t.accept(messages) {
		t.fallBehind(time.Now(), t.sure())
	}
}

// accept delivers messages up to the first before which one is missing. If there is
// one, it and those after it wait. The lock is held.
func (t *track) accept(messages []*Message) (missing bool) {
	from := 0
	for i, m := range messages {
		if m.Position == "" || t.follows(m) {
			continue
		}
		t.deliver(messages[from:i])
		if from = i + 1; t.repeats != "" && !isAfter(m.Position, t.repeats) {
			continue
		}
		t.wait(messages[i:])
		return true
	}
	t.deliver(messages[from:])
	return false
}

// follows reports whether a message is the next one, and notes it then. The lock is
// held.
func (t *track) follows(m *Message) bool {
	if t.last != "" && m.before != t.last {
		return false
	}
	t.last, t.at, t.repeats = m.Position, time.Now(), ""
	return true
}

// deliver delivers messages. The lock is held, so that a subscriber that joins gets
// those after the position that it is told, and no others.
func (t *track) deliver(messages []*Message) {
	if len(messages) == 0 {
		return
	}
	t.room.deliver(messages...)
	if len(t.ahead) > 0 {
		t.pass(false)
	}
}

// pass ends the skipping of subscribers that this node has caught up with, or of all.
// The lock is held.
func (t *track) pass(all bool) {
	var still []*held
	for _, h := range t.ahead {
		if !all && isAfter(h.skips(), t.last) {
			still = append(still, h)
		} else {
			h.skipTo("")
		}
	}
	t.ahead = still
}

// wait queues messages. When there are too many, those with a position are dropped:
// they can be read. The lock is held.
func (t *track) wait(messages []*Message) {
	for _, m := range messages {
		t.queue = append(t.queue, m)
		t.bytes += len(m.frame)
	}
	if t.bytes <= maxWaiting {
		return
	}
	others := t.queue
	t.queue, t.bytes, t.again = nil, 0, true
	for _, m := range others {
		if m.Position == "" {
			t.queue = append(t.queue, m)
			t.bytes += len(m.frame)
		}
	}
}

// check has the history read for what may be missing, for example because the node was
// cut off.
func (t *track) check(since time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.last == "": // no subscriber has been told a position yet: see begin
		t.again = true
	case t.behind:
		t.again = true
		if since.Before(t.since) {
			t.since = since
		}
	default:
		t.fallBehind(time.Now(), since)
	}
}

// lag is how much earlier a message may have been broadcast than the one before it was
// delivered here.
const lag = 2 * proofInterval

// fallBehind has what is missing read. The lock is held.
func (t *track) fallBehind(now, since time.Time) {
	t.behind, t.began, t.since = true, now, since
	if at := t.at.Add(-lag); !t.at.IsZero() && at.Before(since) {
		t.since = at
	}
	t.fill(t)
}

// missing reports whether messages are missing, and after which position. The result
// of the reading goes with the run.
func (t *track) missing() (run int, last string, missing bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.run, t.last, t.behind
}

// expired reports whether the reading has brought nothing for some time.
func (t *track) expired(timeout time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Since(t.began) > timeout
}

// lostSince returns since when messages are missing.
func (t *track) lostSince() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.since
}

// resume takes all messages that were missing, and goes on with those that wait. It
// reports whether it cannot, because the history does not have what comes before them.
func (t *track) resume(run int, p past) (stuck bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if run != t.run || !t.behind {
		return false
	}
	t.supply(p)
	if !t.goOn() {
		return false
	}
	if len(p.messages) == 0 && !t.again {
		t.behind = true
		return true
	}
	t.again = false
	t.fallBehind(time.Now(), t.since)
	return false
}

// giveUp takes what there is of the messages that were missing, and goes on with those
// that wait.
func (t *track) giveUp(run int, p past) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if run != t.run || !t.behind {
		return
	}
	t.pass(true)
	before := t.last
	if t.last = ""; len(p.messages) > 0 {
		t.supply(p)
	}
	missing := t.goOn()
	if t.last == "" {
		if t.last, t.repeats = p.position, p.position; t.last == "" {
			t.last = before // the history could not be read; the next message tries again
		}
	}
	if missing || t.again {
		t.again = false
		t.fallBehind(time.Now(), t.since)
	}
}

// supply delivers messages of the history. The lock is held.
func (t *track) supply(p past) {
	if len(p.messages) > 0 {
		t.at = time.Now()
	}
	t.last, t.repeats = p.position, p.position
	t.deliver(p.messages)
}

// goOn delivers the messages that wait, and reports whether some are missing still. The
// lock is held.
func (t *track) goOn() (missing bool) {
	queue := t.queue
	t.run++
	t.behind, t.queue, t.bytes = false, nil, 0
	return t.accept(queue) || t.again
}

// reset forgets where the room was: the node has not heard the topic for a while, and
// no subscriber has been told a position.
func (t *track) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run++
	t.last, t.at, t.repeats, t.behind, t.again = "", time.Time{}, "", false, false
	t.queue, t.bytes, t.ahead = nil, 0, nil
}

// known reports whether the position of the room is known.
func (t *track) known() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last != ""
}

// begin sets the position of the room, unless it is known by now. If the node was cut
// off since the position was asked for, messages after it may be missing.
func (t *track) begin(position string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last != "" {
		return
	}
	t.last, t.repeats, t.at = position, position, time.Now()
	if t.again {
		t.again = false
		t.fallBehind(t.at, t.sure())
	}
}

// attach adds a subscriber, and returns the position after which it gets all messages.
func (t *track) attach(s Subscriber) (position string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.room.audience.add(s)
	return t.last
}

// skip keeps messages up to a position from a subscriber, which has got them from the
// history.
func (t *track) skip(h *held, position string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h.skipTo(position)
	if isAfter(position, t.last) {
		t.ahead = append(t.ahead, h)
	} else {
		h.skipTo("")
	}
}
