package cache_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

// gate is a hook that holds reads up while it is shut, and counts what passes.
type gate struct {
	shut    atomic.Pointer[chan struct{}]
	held    atomic.Int32 // operations that are or were held up
	keys    atomic.Int32 // that were read, in however many operations
	ops     atomic.Int32
	led     sync.Map    // the first keys of pipelines
	explode atomic.Bool // panic in a pipeline
}

func (g *gate) close() (open func()) {
	c := make(chan struct{})
	g.shut.Store(&c)
	return func() { g.shut.CompareAndSwap(&c, nil); close(c) }
}

func (g *gate) wait(ctx context.Context) error {
	c := g.shut.Load()
	if c == nil {
		return nil
	}
	g.held.Add(1)
	select {
	case <-*c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (g *gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() != "get" {
			return next(ctx, cmd)
		}
		g.keys.Add(1)
		g.ops.Add(1)
		if err := g.wait(ctx); err != nil {
			cmd.SetErr(err)
			return err
		}
		return next(ctx, cmd)
	}
}

func (g *gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if cmds[0].Name() == "get" {
			if g.explode.Load() {
				panic("a hook that panics")
			}
			g.keys.Add(int32(len(cmds)))
			g.led.Store(cmds[0].Args()[1], true)
			g.ops.Add(1)
			if err := g.wait(ctx); err != nil {
				for _, cmd := range cmds {
					cmd.SetErr(err)
				}
				return err
			}
		}
		return next(ctx, cmds)
	}
}

// gated returns a client whose reads pass through a gate, on a server with the
// values key:0 … key:19, and which has seen Redis answer.
func gated(t *testing.T, url string) (*redis.Client, *gate) {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.ContextTimeoutEnabled = true
	rdb, g := redis.NewClient(o), &gate{}
	t.Cleanup(func() { _ = rdb.Close() })
	for i := range 20 {
		if err := rdb.Set(t.Context(), fmt.Sprintf("key:%d", i), i, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	rdb.AddHook(g)
	return rdb, g
}

// hit reads key:i and checks what comes.
func hit(ctx context.Context, t *testing.T, rdb *redis.Client, i int) {
	t.Helper()
	got, err := cache.Fetch(ctx, rdb, fmt.Sprintf("key:%d", i), time.Minute, never[int])
	if err != nil || got != i {
		t.Errorf("key:%d: got %d, %v", i, got, err)
	}
}

func TestReadsBeyondTheFirstFewGoOutTogether(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, g := gated(t, url)
		hit(t.Context(), t, rdb, 0)
		cache.Trust(rdb, "key:0")
		cache.FourLeaders(rdb, "key:0")
		open := g.close()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() { hit(context.Background(), t, rdb, i) })
		}
		eventually.True(t, "four operations are under way and the rest waits", func() bool {
			return g.held.Load() == 4 && int(g.keys.Load())-1+cache.Waiting(rdb, "key:0") == 20
		})
		open()
		wg.Wait()
		if keys, ops := g.keys.Load(), g.ops.Load(); keys != 21 || ops > 12 {
			t.Errorf("%d keys were read in %d operations", keys, ops)
		}
	})
}

// TestAHotKeyIsReadOnceForAllWhoWait has many wait for the same two keys.
func TestAHotKeyIsReadOnceForAllWhoWait(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, g := gated(t, url)
		hit(t.Context(), t, rdb, 0)
		cache.Trust(rdb, "key:0")
		cache.FourLeaders(rdb, "key:0")
		open := g.close()
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() { hit(context.Background(), t, rdb, i) })
		}
		eventually.True(t, "four are under way", func() bool { return g.held.Load() == 4 })
		for i := range 40 {
			wg.Go(func() { hit(context.Background(), t, rdb, 7+i%2) })
		}
		eventually.True(t, "the rest waits", func() bool { return cache.Waiting(rdb, "key:0") == 40 })
		before := g.keys.Load()
		open()
		wg.Wait()
		if n := g.keys.Load() - before; n > 8 { // two for each of four leaders
			t.Errorf("%d keys were read for 40 callers that wait for two", n)
		}
	})
}

// TestAWaitingReaderMayLeave has waiters whose callers go away, by cancellation
// and by deadline: they are back at once, and no other caller is hurt.
func TestAWaitingReaderMayLeave(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, g := gated(t, url)
		hit(t.Context(), t, rdb, 0)
		cache.Trust(rdb, "key:0")
		cache.FourLeaders(rdb, "key:0")
		open := g.close()
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() { hit(context.Background(), t, rdb, i) })
		}
		eventually.True(t, "four are under way", func() bool { return g.held.Load() == 4 })

		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := cache.Fetch(ctx, rdb, "key:9", time.Minute, never[int])
			gone <- err
		}()
		eventually.True(t, "one waits", func() bool { return cache.Waiting(rdb, "key:0") == 1 })
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled caller got %v", err)
		}
		if n := cache.Waiting(rdb, "key:0"); n != 0 {
			t.Errorf("%d still wait, want none", n)
		}
		open()
		wg.Wait()
	})
}

// TestAnImpatientReaderLeadsNobody has a reader with little time wait before
// others with plenty: when its turn comes it goes by itself.
func TestAnImpatientReaderLeadsNobody(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, g := gated(t, url)
		hit(t.Context(), t, rdb, 0)
		cache.Trust(rdb, "key:0")
		cache.FourLeaders(rdb, "key:0")
		open := g.close()
		var wg sync.WaitGroup
		ask := func(ctx context.Context, i int) { wg.Go(func() { hit(ctx, t, rdb, i) }) }
		for i := range 4 {
			ask(context.Background(), i)
		}
		eventually.True(t, "four are under way", func() bool { return g.held.Load() == 4 })
		ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond) // less than the budget of the others
		defer cancel()
		ask(ctx, 19)
		eventually.True(t, "it waits", func() bool { return cache.Waiting(rdb, "key:0") == 1 })
		for i := range 10 {
			ask(context.Background(), i+4)
		}
		eventually.True(t, "all wait", func() bool { return cache.Waiting(rdb, "key:0") == 11 })
		open()
		wg.Wait()
		if _, led := g.led.Load("key:19"); led {
			t.Error("the others went with it")
		}
	})
}

func TestAHookThatPanicsLeavesNobodyBehind(t *testing.T) {
	rdb, g := gated(t, redistest.Start(t).URL())
	hit(t.Context(), t, rdb, 0)
	cache.Trust(rdb, "key:0")
	cache.FourLeaders(rdb, "key:0")
	g.explode.Store(true)
	open := g.close()
	var wg sync.WaitGroup
	ask := func(i int) {
		wg.Go(func() {
			defer func() { _ = recover() }() // the one that leads gets the hook's panic
			got, err := cache.Fetch(context.Background(), rdb, fmt.Sprintf("key:%d", i), time.Minute,
				func(context.Context) (int, error) { return i, nil })
			if err != nil || got != i {
				t.Errorf("key:%d: got %d, %v", i, got, err)
			}
		})
	}
	for i := range 4 {
		ask(i)
	}
	eventually.True(t, "four are under way", func() bool { return g.held.Load() == 4 })
	for i := range 8 {
		ask(i + 4)
	}
	eventually.True(t, "eight wait", func() bool { return cache.Waiting(rdb, "key:0") == 8 })
	open()
	wg.Wait()
	g.explode.Store(false)
	eventually.True(t, "redis is asked again", func() bool {
		got, err := cache.Fetch(t.Context(), rdb, "key:3", time.Minute, never[int])
		return err == nil && got == 3
	})
}
