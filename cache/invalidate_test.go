package cache_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
)

// TestDeleteDuringLoad: the raw DEL of another client while a load runs. A caller
// that comes after it, in the same process or another, gets the new value, and the old
// one is not stored, neither while nor after the new one is.
func TestDeleteDuringLoad(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		same, other, writer := dial(t, url), dial(t, url), dial(t, url)
		before, after := newSource("old"), newSource("new")
		seen := &events{}
		fetch := func(rdb *redis.Client, s *source) func() (string, error) {
			return func() (string, error) {
				return cache.Fetch(t.Context(), rdb, "k", time.Minute, s.load, seen.observe())
			}
		}
		early := async(fetch(same, before))
		receive(t, before.began, "the first load")
		if n := must[int64](t)(writer.Del(t.Context(), "k").Result()); n != 1 {
			t.Fatalf("DEL removed %d keys, want the lease", n)
		}
		late := async(fetch(same, after))
		receive(t, after.began, "the load after the DEL")
		elsewhere := async(fetch(other, after))
		before.open()
		if r := receive(t, early, "the caller before the DEL"); r.err != nil || r.value != "old" {
			t.Fatalf("before the DEL: %+v", r)
		}
		if v := raw(t, writer, "k"); v == `"old"` {
			t.Fatal("the old value was stored over the new lease")
		}
		after.open()
		for _, c := range []<-chan outcome[string]{late, elsewhere} {
			if r := receive(t, c, "a caller after the DEL"); r.err != nil || r.value != "new" {
				t.Fatalf("after the DEL: %+v", r)
			}
		}
		if v := raw(t, writer, "k"); v != `"new"` {
			t.Fatalf("stored %s", v)
		}
		if before.loads.Load() != 1 || after.loads.Load() != 1 {
			t.Fatalf("loads: %d before, %d after", before.loads.Load(), after.loads.Load())
		}
		if seen.count(cache.EventRejected) != 1 {
			t.Fatalf("events %v", seen.all)
		}
	})
}

func TestDeleteDuringLoadLeavesNothing(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		s := newSource("old")
		early := async(func() (string, error) { return cache.Fetch(t.Context(), rdb, "k", time.Minute, s.load) })
		receive(t, s.began, "the load")
		rdb.Del(t.Context(), "k")
		s.open()
		receive(t, early, "the caller")
		gone(t, rdb, "k")
	})
}

// TestSetDuringLoad: a value that is written by hand stays.
func TestSetDuringLoad(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		s := newSource("loaded")
		early := async(func() (string, error) { return cache.Fetch(t.Context(), rdb, "k", time.Minute, s.load) })
		receive(t, s.began, "the load")
		rdb.Set(t.Context(), "k", `"by hand"`, time.Minute)
		s.open()
		receive(t, early, "the caller")
		if v := raw(t, rdb, "k"); v != `"by hand"` {
			t.Fatalf("stored %s", v)
		}
	})
}

// late is a hook that runs something before a script is sent, and holds its reply
// back until released.
type late struct {
	before  func()
	replied chan struct{}
	release chan struct{}
	gets    chan struct{}
}

func (l *late) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (l *late) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { return next(ctx, cmds) }
}

func (l *late) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		before := l.before
		if lease := cmd.Name() == "set" || cmd.Name() == "evalsha"; !lease || before == nil {
			err := next(ctx, cmd)
			if cmd.Name() == "get" {
				l.gets <- struct{}{}
			}
			return err
		}
		l.before = nil
		before()
		err := next(ctx, cmd)
		close(l.replied)
		<-l.release
		return err
	}
}

// TestLateLook: the command that asks for the lease finds a value, and its reply is
// late. A caller that comes after a DEL must not have that value, though it waits
// for the same reply.
func TestLateLook(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, writer := dial(t, url), dial(t, url)
		must[int](t)(cache.Fetch(t.Context(), rdb, "warm", time.Minute, func(context.Context) (int, error) { return 1, nil }))
		hook := &late{
			before:  func() { writer.Set(t.Context(), "k", `"old"`, time.Minute) },
			replied: make(chan struct{}), release: make(chan struct{}), gets: make(chan struct{}, 100),
		}
		rdb.AddHook(hook)
		fresh := newSource("new")
		fresh.open()
		fetch := func() (string, error) { return cache.Fetch(t.Context(), rdb, "k", time.Minute, fresh.load) }
		early := async(fetch)
		receive(t, hook.replied, "the reply with the old value")
		receive(t, hook.gets, "the first GET")
		writer.Del(t.Context(), "k")
		after := async(fetch)
		receive(t, hook.gets, "the second GET")
		select {
		case r := <-after:
			if r.value != "new" {
				t.Fatalf("after the DEL: %+v", r)
			}
		case <-time.After(20 * time.Millisecond): // it waits for the late reply
		}
		close(hook.release)
		if r := receive(t, early, "the caller before the DEL"); r.err != nil || r.value != "old" {
			t.Fatalf("before the DEL: %+v", r)
		}
		if r := receive(t, after, "the caller after the DEL"); r.err != nil || r.value != "new" {
			t.Fatalf("after the DEL: %+v", r)
		}
	})
}
