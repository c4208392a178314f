package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/deadline"
)

var (
	// ErrLocked means that another caller holds the lock.
	ErrLocked = errors.New("the lock is held by another")

	// ErrLockLost means that a lock was lost while its holder worked. It is also
	// the cause (see [context.Cause]) of the end of the holder's context.
	ErrLockLost = errors.New("the lock was lost")
)

// Lock calls fn while it holds the lock at key, and returns what fn returns. While
// another caller holds it, Lock waits until ctx ends; its error is then [ErrLocked]
// and ctx.Err(). [TryLock] does not wait.
//
// The lock is a key with a random token that lives for ttl. It is renewed at every
// third of that, so fn may take longer; when its process dies, the lock is free
// after ttl. The context of fn ends, with the cause [ErrLockLost], when the lock is
// not ours any more or, a tenth of ttl before its end, could not be renewed. The error
// is ErrLockLost then, joined with that of fn. What fn does after its context has
// ended is not protected.
//
// Unlike [Fetch], Lock fails when Redis does. It holds one Redis, not a quorum: a failover
// can give the lock to a second holder, and a process that was stopped for longer
// than ttl goes on for a moment before it learns of its loss. Where that must not
// do harm, let the resource refuse what is too old.
func Lock(ctx context.Context, rdb redis.UniversalClient, key string, ttl time.Duration, fn func(context.Context) error) error {
	return withLock(ctx, rdb, key, ttl, fn, true)
}

// TryLock is [Lock] that returns [ErrLocked] at once when another caller holds the lock.
func TryLock(ctx context.Context, rdb redis.UniversalClient, key string, ttl time.Duration, fn func(context.Context) error) error {
	return withLock(ctx, rdb, key, ttl, fn, false)
}

func withLock(ctx context.Context, rdb redis.UniversalClient, key string, ttl time.Duration,
	fn func(context.Context) error, wait bool) error {
	ttl = min(ttl, longest)
	if ttl <= 0 {
		return fmt.Errorf("cache: the lock's TTL is %v: it must be positive", ttl)
	}
	c := clients.of(rdb)
	if c == nil {
		return errNoClient
	}
	l := &lock{client: c, budget: c.defaults.Load().budget, rdb: rdb, key: key, token: rand.Text(), ttl: ttl}
	ours, err := l.acquire(ctx, wait)
	if err != nil {
		return fmt.Errorf("cache: lock %q: %w", key, err)
	}
	return l.hold(ctx, ours, fn)
}

// lock is one call of Lock.
type lock struct {
	client *client
	budget time.Duration
	rdb    redis.UniversalClient
	key    string
	token  string
	ttl    time.Duration
}

// acquire returns the time until which the lock is certainly held.
func (l *lock) acquire(ctx context.Context, wait bool) (ours time.Time, err error) {
	for pause := minPoll; ; pause = min(2*pause, maxPoll) {
		ours = l.from(time.Now())
		got, err := aside(ctx, min(l.ttl, l.budget), func(ctx context.Context) (bool, error) {
			held, err := l.client.leases.acquire(ctx, l.rdb, l.key, l.token, nil, l.ttl)
			return held == nil, err
		})
		switch {
		case err != nil:
			// Perhaps only the reply was lost.
			l.client.background.run(l.key, func(context.Context) { l.release(ctx, ours) })
			if end := deadline.Err(ctx); end != nil {
				err = end
			}
			return ours, err
		case got:
			return ours, nil
		case !wait:
			return ours, ErrLocked
		}
		select {
		case <-ctx.Done():
			return ours, fmt.Errorf("%w: %w", ErrLocked, ctx.Err())
		case <-time.After(pause + mathrand.N(pause)):
		}
	}
}

// from returns the end of a lock whose time to live was set by a command that was
// sent at the given time: a tenth earlier than Redis will say, for clocks differ
// in speed and fn takes a moment to stop.
func (l *lock) from(sent time.Time) time.Time { return sent.Add(l.ttl - l.ttl/10) }

// hold calls fn, and gives the lock back however fn ends.
func (l *lock) hold(ctx context.Context, ours time.Time, fn func(context.Context) error) (err error) {
	held, lose := context.WithCancelCause(ctx)
	go l.keep(held, ours, lose)
	defer func() {
		lost := errors.Is(context.Cause(held), ErrLockLost)
		lose(nil)
		if !l.giveBack(ctx) || lost {
			err = fmt.Errorf("cache: lock %q: %w", l.key, errors.Join(ErrLockLost, err))
		}
	}()
	return fn(held)
}

// leaveWait is how long a caller whose context has ended waits for the release of its
// lock. After that the release goes on without it.
const leaveWait = 100 * time.Millisecond

// giveBack releases the lock. It reports false if the lock was no longer ours.
func (l *lock) giveBack(ctx context.Context) bool {
	end := time.Now().Add(l.ttl)
	ours := make(chan bool, 1)
	l.client.background.run(l.key, func(context.Context) { ours <- l.release(ctx, end) })
	select {
	case held := <-ours:
		return held
	case <-ctx.Done():
	}
	timer := time.NewTimer(leaveWait)
	defer timer.Stop()
	select {
	case held := <-ours:
		return held
	case <-timer.C:
		return true
	}
}

// keep renews the lock until ctx ends, which it brings about itself when the lock
// is lost.
func (l *lock) keep(ctx context.Context, ours time.Time, lose context.CancelCauseFunc) {
	pause := l.ttl / 3
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(pause, time.Until(ours))):
		}
		now := time.Now()
		if !now.Before(ours) {
			lose(ErrLockLost)
			return
		}
		held, err := within(ctx, l.client, min(l.ttl/3, ours.Sub(now)), func(ctx context.Context) (bool, error) {
			return renewScript.Run(ctx, l.rdb, []string{l.key}, l.token, milliseconds(l.ttl), "").Bool()
		})
		switch {
		case err != nil:
			pause = l.ttl / 30
		case held:
			pause, ours = l.ttl/3, l.from(now)
		default:
			lose(ErrLockLost)
			return
		}
	}
}

// release removes the lock, if Redis answers before end, when nothing of it is
// left anyway. It reports false if the lock was no longer ours.
func (l *lock) release(ctx context.Context, end time.Time) bool {
	ctx = context.WithoutCancel(ctx)
	removed, err := within(ctx, l.client, min(time.Until(end), l.budget), func(ctx context.Context) (bool, error) {
		return releaseScript.Run(ctx, l.rdb, []string{l.key}, l.token, len(l.token)).Bool()
	})
	return removed || err != nil
}
