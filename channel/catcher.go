package channel

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// maxCatching is how many histories a node reads at a time.
	maxCatching = 16
	// catchPause is the pause before a history is read that could not be.
	catchPause = 100 * time.Millisecond
	// catchTimeout bounds one attempt.
	catchTimeout = 2 * time.Second
	// lossSettles is how long a loss waits for others, to be reported with them.
	lossSettles = 100 * time.Millisecond
)

// catcher reads what tracks are missing, a few at a time and apart from the feed, so
// that other rooms do not wait. It reports what the history does not have.
type catcher struct {
	ctx     context.Context
	archive archive
	timeout time.Duration // for which it tries to read
	tell    func(Gap)
	log     *slog.Logger
	wg      *sync.WaitGroup

	mu      sync.Mutex
	queue   []*track
	later   []*track // that could not be read
	losses  []loss
	workers int
	reading int  // of the workers
	pausing bool // one of the workers waits until it is time for later
}

// loss is what a track has lost.
type loss struct {
	track *track
	run   int
	rest  past // what there is
	at    time.Time
}

// catch has what a track is missing read.
func (c *catcher) catch(t *track) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, t)
	if c.workers < maxCatching {
		c.workers++
		c.wg.Go(c.work)
	}
}

// work reads histories until there are no more to read.
func (c *catcher) work() {
	for {
		t, losses := c.next()
		switch {
		case t != nil:
			c.read(t)
		case losses != nil:
			c.report(losses)
		default:
			return
		}
	}
}

// next returns a track whose history is to be read, or losses that are to be reported.
// With neither, the worker ends.
func (c *catcher) next() (*track, []loss) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.ctx.Err() == nil {
		idle := len(c.queue) == 0
		switch {
		case len(c.losses) > 0 && (idle && c.reading == 0 || time.Since(c.losses[0].at) > lossSettles):
			losses := c.losses
			c.losses = nil
			return nil, losses
		case !idle:
			t := c.queue[0]
			c.queue[0] = nil
			c.queue = c.queue[1:]
			c.reading++
			return t, nil
		case len(c.later) == 0 || c.pausing:
			c.workers--
			return nil, nil
		}
		c.pause()
		c.queue, c.later = append(c.queue, c.later...), nil
	}
	c.workers--
	return nil, nil
}

// pause waits before histories are read again. It is called, and returns, with the lock
// held.
func (c *catcher) pause() {
	c.pausing = true
	c.mu.Unlock()
	select {
	case <-c.ctx.Done():
	case <-time.After(catchPause):
	}
	c.mu.Lock()
	c.pausing = false
}

// read reads what a track is missing.
func (c *catcher) read(t *track) {
	run, last, missing := t.missing()
	if !missing {
		c.done(t, false, nil)
		return
	}
	ctx, cancel := context.WithTimeout(c.ctx, min(catchTimeout, c.timeout))
	defer cancel()
	p, err := c.archive.after(ctx, t.room.name, t.keep, last)
	lost := err == nil && !p.complete
	stuck := err != nil
	if err == nil && p.complete {
		stuck = t.resume(run, p)
	}
	if stuck && t.expired(c.timeout) {
		c.log.Warn("channel: a history cannot be read", "channel", t.room.name, "error", err)
		stuck, lost = false, true
	}
	if lost {
		c.done(t, false, &loss{t, run, p, time.Now()})
	} else {
		c.done(t, stuck, nil)
	}
}

// done ends the reading for a track, which may be read again later, or has a loss.
func (c *catcher) done(t *track, again bool, lost *loss) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading--
	if again {
		c.later = append(c.later, t)
	}
	if lost != nil {
		c.losses = append(c.losses, *lost)
	}
}

// report reports losses, and has their tracks go on.
func (c *catcher) report(losses []loss) {
	gap := Gap{Until: time.Now()}
	for _, l := range losses {
		gap.Channels = append(gap.Channels, l.track.room.name)
		if since := l.track.lostSince(); gap.Since.IsZero() || since.Before(gap.Since) {
			gap.Since = since
		}
	}
	c.tell(gap)
	for _, l := range losses {
		l.track.giveUp(l.run, l.rest)
	}
}
