package caches

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/keryx-go/keryx/bench/internal/caches/worker"
)

const (
	// warmCallers are enough to open all connections that a client keeps.
	warmCallers = 64
	// ahead is the time from the request to the workers to the start of the callers.
	ahead = 50 * time.Millisecond

	coldKey = "cache:cold"
	value   = "the value"
)

// stampede lets callers in all processes get a cold key at the same moment.
func stampede(ctx context.Context, b *bench, c *Contender) error {
	t, err := startTeam(ctx, b.Dir, c.Contender, b.redis.URL(0), b.processes, 1)
	defer t.stop()
	if err != nil {
		return err
	}
	if err := warm(ctx, b, t, 1); err != nil {
		return err
	}
	asking := newAsking(b, coldKey, b.callers)
	asking.At = time.Now().Add(ahead)
	var mu sync.Mutex
	var s Stampede
	err = t.all(func(i int) error {
		answers, err := ask[worker.Answers](ctx, t, i, "Ask", asking)
		if err != nil {
			return err
		}
		loads, err := ask[int](ctx, t, i, "Loads", coldKey)
		mu.Lock()
		defer mu.Unlock()
		s.Loads += loads
		s.Answers.Add(answers)
		return err
	})
	if err != nil {
		return err
	}
	if got := s.Values[value]; got+s.Errors+s.Missing != b.processes*b.callers {
		return fmt.Errorf("%s: %d callers got the value, %d an error, %d nothing: others got something else",
			c.Name, got, s.Errors, s.Missing)
	}
	slices.Sort(s.Waits)
	c.Stampedes = append(c.Stampedes, s)
	return nil
}

// warm lets every client open its connections, with a key that is not measured.
func warm(ctx context.Context, b *bench, t *team, clients int) error {
	return t.all(func(i int) error {
		if err := t.do(ctx, i, "Tell", worker.Truth{Value: value, Takes: b.load}); err != nil {
			return err
		}
		for client := range clients {
			asking := newAsking(b, "cache:warm", warmCallers)
			asking.Client = client
			answers, err := ask[worker.Answers](ctx, t, i, "Ask", asking)
			if err != nil {
				return err
			}
			if answers.Errors+answers.Missing > 0 {
				return fmt.Errorf("%s: %d of %d callers got an error (%s), %d nothing, before anything was measured",
					t.contender.Name, answers.Errors, warmCallers, answers.Error, answers.Missing)
			}
		}
		return nil
	})
}

// newAsking returns the request to get a key at once through the first client. Callers
// that ignore the deadline get three times as long.
func newAsking(b *bench, key string, callers int) worker.Asking {
	return worker.Asking{Key: key, Callers: callers, Deadline: b.deadline, Limit: 3 * b.deadline}
}
