package cache_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// TestStampede: a thousand callers over three clients, one load.
func TestStampede(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		clients := []*redis.Client{dial(t, url), dial(t, url), dial(t, url)}
		s := newSource("v")
		var all []<-chan outcome[string]
		for i := range 1000 {
			all = append(all, async(func() (string, error) {
				return cache.Fetch(t.Context(), clients[i%3], "k", time.Minute, s.load, cache.Budget(10*time.Second))
			}))
		}
		receive(t, s.began, "the load")
		s.open()
		for _, c := range all {
			if r := receive(t, c, "a caller"); r.err != nil || r.value != "v" {
				t.Fatalf("%+v", r)
			}
		}
		if n := s.loads.Load(); n != 1 {
			t.Fatalf("%d loads", n)
		}
	})
}

// TestStampedeOfProcesses: the same with three processes.
func TestStampedeOfProcesses(t *testing.T) {
	s := redistest.Start(t)
	var all []*process
	for range 3 {
		all = append(all, spawn(t, task{URL: s.URL(), Key: "k", Calls: 334, Load: 300 * time.Millisecond, Lease: 10 * time.Second, Value: "v"}))
	}
	for _, p := range all {
		p.begin()
	}
	loads := 0
	for _, p := range all {
		r := p.report(t)
		loads += r.Loads
		if r.Values["v"] != 334 {
			t.Fatalf("%+v", r)
		}
	}
	if loads != 1 {
		t.Fatalf("%d loads", loads)
	}
}

// TestLongLoad: a load may take longer than the lease.
func TestLongLoad(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	redistest.Each(t, func(t *testing.T, url string) {
		here, there := dial(t, url), dial(t, url)
		s := newSource("v")
		lease := cache.Lease(500 * time.Millisecond)
		first := async(func() (string, error) { return cache.Fetch(t.Context(), here, "k", time.Minute, s.load, lease) })
		receive(t, s.began, "the load")
		second := async(func() (string, error) { return cache.Fetch(t.Context(), there, "k", time.Minute, s.load, lease) })
		select {
		case r := <-second:
			t.Fatalf("the second caller did not wait: %+v", r)
		case <-s.began:
			t.Fatal("a second load began while the first one ran")
		case <-time.After(1500 * time.Millisecond):
		}
		s.open()
		receive(t, first, "first")
		receive(t, second, "second")
		if raw(t, here, "k") != `"v"` || s.loads.Load() != 1 {
			t.Fatalf("stored %s after %d loads", raw(t, here, "k"), s.loads.Load())
		}
	})
}

// TestKilledHolder: the process that loads is killed; others take over when its
// lease has ended.
func TestKilledHolder(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	lease := 400 * time.Millisecond
	holder := spawn(t, task{URL: s.URL(), Key: "k", Calls: 1, Load: time.Hour, Lease: lease, Value: "never"})
	holder.begin()
	if line := receive(t, holder.out, "the load of the child"); line != "loading" {
		t.Fatal(line)
	}
	rdb := dial(t, s.URL())
	src := newSource("v")
	src.open()
	call := async(func() (string, error) {
		return cache.Fetch(t.Context(), rdb, "k", time.Minute, src.load, cache.Lease(lease))
	})
	select {
	case r := <-call:
		t.Fatalf("did not wait for the holder: %+v", r)
	case <-time.After(2 * lease):
	}
	began := time.Now()
	if err := holder.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if r := receive(t, call, "the call"); r.err != nil || r.value != "v" {
		t.Fatalf("%+v", r)
	}
	if took := time.Since(began); took > lease+3*time.Second {
		t.Fatalf("recovery took %v", took)
	}
}
