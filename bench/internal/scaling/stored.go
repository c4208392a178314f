package scaling

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/keryx-go/keryx/bench/internal/report"
)

// atOnce is how many operations of many are under way at a time.
const atOnce = 64

// together calls f with the numbers from 0 to n-1, some at a time, and returns the first
// error.
func together(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var next atomic.Int64
	var busy sync.WaitGroup
	for range min(atOnce, n) {
		busy.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := f(ctx, i); err != nil {
					fail(err)
				}
			}
		})
	}
	busy.Wait()
	return context.Cause(ctx)
}

// join has a member of its own name join a room.
func (h *hub) join(ctx context.Context, name, room string) error {
	return h.Join(context.WithValue(ctx, as{}, name), mute(name), room)
}

// stored measures what members and sessions take in the memory of Redis.
func stored(ctx context.Context, b *bench) error {
	b.Say("%s, each with %s", report.Count(b.rooms, "channel"), report.Count(b.members, "member"))
	s, err := startServer(ctx, b.Dir)
	if err != nil {
		return err
	}
	defer s.stop()
	h, err := startHub(ctx, "redis://"+s.Address(), 0)
	if err != nil {
		return err
	}
	defer h.stop()
	if err := warm(ctx, h); err != nil {
		return err
	}
	result := &Stored{Channels: b.rooms, Members: b.members}
	if result.Empty, err = s.memory(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		from, to int // members
		bytes    *int64
	}{{0, 1, &result.First}, {1, b.members, &result.Full}} {
		n := step.to - step.from
		err := together(ctx, n*b.rooms, func(ctx context.Context, i int) error {
			return h.join(ctx, strconv.Itoa(step.from+i%n), fmt.Sprintf("room:%d", i/n))
		})
		if err != nil {
			return err
		}
		if *step.bytes, err = s.memory(ctx); err != nil {
			return err
		}
	}
	b.run.Stored = result
	return sessions(ctx, b, s, result)
}

// warm opens the connections of a node and loads its scripts.
func warm(ctx context.Context, h *hub) error {
	return together(ctx, atOnce, func(ctx context.Context, i int) error {
		name := strconv.Itoa(i)
		if err := h.join(ctx, name, "room:warm"); err != nil {
			return err
		}
		return h.Leave(ctx, mute(name), "room:warm")
	})
}

// sessions logs users in, and measures what their sessions take.
func sessions(ctx context.Context, b *bench, s *server, result *Stored) error {
	app := newApp("redis://" + s.Address())
	if err := app.Start(ctx); err != nil {
		return err
	}
	defer func() { _ = app.Stop(context.WithoutCancel(ctx)) }()
	login := func(ctx context.Context, i int) error {
		_, err := enter(ctx, app.Web.URL(), strconv.Itoa(i))
		return err
	}
	if err := together(ctx, atOnce, login); err != nil { // opens connections
		return err
	}
	before, err := s.memory(ctx)
	if err != nil {
		return err
	}
	result.Sessions = b.times
	if err := together(ctx, b.times, func(ctx context.Context, i int) error { return login(ctx, atOnce+i) }); err != nil {
		return err
	}
	after, err := s.memory(ctx)
	result.SessionBytes = after - before
	return err
}
