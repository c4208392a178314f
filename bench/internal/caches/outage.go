package caches

import (
	"context"
	"slices"

	"github.com/keryx-go/keryx/bench/internal/caches/worker"
	"github.com/keryx-go/keryx/bench/internal/process"
)

// outageCallers is the number of callers that get a key at once when Redis is down, and
// of those that follow.
const outageCallers = 100

// refused lets callers get a key when Redis refuses connections after it was up.
func refused(ctx context.Context, b *bench, c *Contender) error {
	o, err := outage(ctx, b, c, func(r *process.Redis) error {
		r.Stop()
		return nil
	})
	if err == nil {
		c.Refused = append(c.Refused, o)
	}
	return err
}

// paused lets callers get a key when Redis keeps its connections and answers nothing.
func paused(ctx context.Context, b *bench, c *Contender) error {
	o, err := outage(ctx, b, c, func(r *process.Redis) error { return r.Pause() })
	if err == nil {
		c.Paused = append(c.Paused, o)
	}
	return err
}

// outage starts a separate Redis for the contender, and takes it down with begin.
func outage(ctx context.Context, b *bench, c *Contender, begin func(*process.Redis) error) (Outage, error) {
	var o Outage
	redis, err := process.StartRedis(ctx, b.Dir)
	if err != nil {
		return o, err
	}
	defer redis.Stop()
	t, err := startTeam(ctx, b.Dir, c.Contender, redis.URL(0), 1, 1)
	defer t.stop()
	if err != nil {
		return o, err
	}
	if err := warm(ctx, b, t, 1); err != nil {
		return o, err
	}
	if err := begin(redis); err != nil {
		return o, err
	}
	if o.First, err = without(ctx, b, t, "cache:first"); err != nil {
		return o, err
	}
	o.Next, err = without(ctx, b, t, "cache:next")
	return o, err
}

// without lets callers get a cold key.
func without(ctx context.Context, b *bench, t *team, key string) (Batch, error) {
	answers, err := ask[worker.Answers](ctx, t, 0, "Ask", newAsking(b, key, outageCallers))
	if err != nil {
		return Batch{}, err
	}
	slices.Sort(answers.Waits)
	loads, err := ask[int](ctx, t, 0, "Loads", key)
	return Batch{Loads: loads, Answers: answers}, err
}
