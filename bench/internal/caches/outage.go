package caches

import (
	"context"
	"slices"

	"github.com/keryx-go/keryx/bench/internal/caches/worker"
	"github.com/keryx-go/keryx/bench/internal/process"
)

// outageCallers ask at once when Redis is gone, and again when they are
// through.
const outageCallers = 100

// refused has callers ask when Redis, which was there, refuses connections.
func (b *bench) refused(ctx context.Context, c *Contender) error {
	o, err := b.outage(ctx, c, func(r *process.Redis) error {
		r.Stop()
		return nil
	})
	if err == nil {
		c.Refused = append(c.Refused, o)
	}
	return err
}

// paused has callers ask when Redis keeps its connections and answers nothing.
func (b *bench) paused(ctx context.Context, c *Contender) error {
	o, err := b.outage(ctx, c, func(r *process.Redis) error { return r.Pause() })
	if err == nil {
		c.Paused = append(c.Paused, o)
	}
	return err
}

// outage gives the contender a Redis of its own and takes it away again.
func (b *bench) outage(ctx context.Context, c *Contender, begin func(*process.Redis) error) (Outage, error) {
	var o Outage
	redis, err := process.StartRedis(ctx, b.Dir)
	if err != nil {
		return o, err
	}
	defer redis.Stop()
	t, err := hire(ctx, b.Dir, c.Contender, redis.URL(0), 1, 1)
	defer t.dismiss()
	if err != nil {
		return o, err
	}
	if err := b.warm(ctx, t, 1); err != nil {
		return o, err
	}
	if err := begin(redis); err != nil {
		return o, err
	}
	if o.First, err = b.without(ctx, t, "cache:first"); err != nil {
		return o, err
	}
	o.Next, err = b.without(ctx, t, "cache:next")
	return o, err
}

// without has callers ask for a cold key.
func (b *bench) without(ctx context.Context, t *team, key string) (Batch, error) {
	answers, err := ask[worker.Answers](ctx, t, 0, "Ask", b.asking(key, outageCallers))
	if err != nil {
		return Batch{}, err
	}
	slices.Sort(answers.Waits)
	loads, err := ask[int](ctx, t, 0, "Loads", key)
	return Batch{Loads: loads, Answers: answers}, err
}
