package cache

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// trust is how long after an answer Redis is taken to be answering.
	trust = 2 * time.Millisecond
	// answerStep is how exactly the time of the last answer is kept: writing
	// it at every answer would make all processors wait for one cache line.
	answerStep = trust / 4
	// suspicion is how long a caller must have waited in vain before its leaving
	// says something about Redis.
	suspicion = 25 * time.Millisecond
	// probePause is the time between two probes of a Redis that does not answer.
	probePause = 20 * time.Millisecond
	// probeFor is how long Redis is probed without a call that asks for it.
	probeFor = 10 * time.Second
)

// breaker keeps calls from waiting for a Redis that does not answer.
//
// It opens when an operation fails for want of an answer and no other one was
// answered since it began: a slow command or a broken connection among good ones
// opens nothing. While it is open no call goes to Redis; one goroutine probes,
// and closes it at the first answer.
type breaker struct {
	open     atomic.Bool
	cause    atomic.Pointer[error]
	answered atomic.Int64 // when the last answered operation began, on the client's clock
	asked    atomic.Int64 // when a call was last refused, on the same clock
	probing  atomic.Bool
}

// trusted reports whether Redis has answered just now.
func (b *breaker) trusted(now int64) bool {
	return now-b.answered.Load() < int64(trust)
}

// succeeded notes an answer that came at the given time.
func (b *breaker) succeeded(at int64) {
	if at-b.answered.Load() > int64(answerStep) {
		b.answered.Store(at)
	}
	if b.open.Load() {
		b.open.Store(false)
	}
}

// failed notes that an operation which began at the given time got no answer.
func (b *breaker) failed(c *client, rdb redis.UniversalClient, key string, budget time.Duration, began time.Time, err error) {
	if b.answered.Load() > c.since(began) {
		return
	}
	err = fmt.Errorf("cache: redis does not answer and is not asked until it does: %w", err)
	b.cause.Store(&err)
	b.open.Store(true)
	c.giveUp(key, err)
	b.refuse(c, rdb, key, budget, time.Now())
}

// refuse returns the error for a call that is not let through, and sees to it
// that Redis is probed.
func (b *breaker) refuse(c *client, rdb redis.UniversalClient, key string, budget time.Duration, now time.Time) error {
	b.asked.Store(c.since(now))
	if b.probing.CompareAndSwap(false, true) {
		c.background.run(key, func(life context.Context) { b.probe(life, c, rdb, key, budget) })
	}
	return *b.cause.Load()
}

// probe asks Redis about key until it answers, no caller needs the answer, or
// the client is closed. A probe has half the budget, so that the connection it
// may hang on does not hide for long that Redis is back.
func (b *breaker) probe(life context.Context, c *client, rdb redis.UniversalClient, key string, budget time.Duration) {
	defer b.probing.Store(false)
	for b.open.Load() {
		began := time.Now()
		_, err := within(life, c, max(1, budget/2), func(ctx context.Context) (int64, error) {
			if err := connect(ctx, rdb); err != nil {
				return 0, err
			}
			return rdb.Exists(ctx, key).Result()
		})
		switch {
		case !unreachable(err):
			b.succeeded(c.since(began))
			return
		case errors.Is(err, redis.ErrClosed):
			b.cause.Store(&err)
			return
		case c.since(began)-b.asked.Load() > int64(probeFor):
			return
		}
		if !wait(life, probePause) {
			return
		}
	}
}

// connect tries whether a connection can be made at all. The client's pool counts
// its failures to connect, and after as many as it has connections it tries once a
// second only: probes must not be what brings it there.
func connect(ctx context.Context, rdb redis.UniversalClient) error {
	ended, end := context.WithCancel(ctx)
	end()
	// Goes nowhere, but tells a closed client.
	if err := rdb.Ping(ended).Err(); errors.Is(err, redis.ErrClosed) {
		return err
	}
	single, ok := rdb.(interface{ Options() *redis.Options })
	if !ok {
		return nil
	}
	o := single.Options()
	conn, err := o.Dialer(ctx, o.Network, o.Addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// unreachable reports whether err means that Redis cannot serve now, as opposed
// to an answer, if only that of an error.
func unreachable(err error) bool {
	if err == nil {
		return false
	}
	if reply := redis.Error(nil); !errors.As(err, &reply) {
		return true
	}
	for _, prefix := range [...]string{"LOADING", "BUSY", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN"} {
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}
