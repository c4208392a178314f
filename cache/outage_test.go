package cache_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	keryxredis "github.com/keryx-go/keryx/redis"
)

const budget = 300 * time.Millisecond

// outages are the ways for Redis to fail, each with its way back.
var outages = map[string]func(s *redistest.Server, p *proxy) (down, up func()){
	"refused": func(s *redistest.Server, _ *proxy) (func(), func()) { return s.Kill, s.Restart },
	"paused":  func(s *redistest.Server, _ *proxy) (func(), func()) { return s.Pause, s.Resume },
	"black hole": func(_ *redistest.Server, p *proxy) (func(), func()) {
		return func() { p.blackHole(true) }, func() { p.blackHole(false) }
	},
}

// TestOutage: Redis fails in every way. All callers have the value within budget
// and load, by one load; the next ones do not wait for Redis; and when it is back it
// is used again.
func TestOutage(t *testing.T) {
	slow.Skip(t, "it stops Redis")
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t)
			p := newProxy(t, s.Addr())
			url := s.URL()
			if name == "black hole" {
				url = p.url()
			}
			rdb := dial(t, url)
			down, up := outage(s, p)
			seen := &events{}
			fetch := func(key string, src *source) func() (string, error) {
				return func() (string, error) {
					return cache.Fetch(t.Context(), rdb, key, time.Minute, src.load, cache.Budget(budget), seen.observe())
				}
			}
			ready := newSource("v")
			ready.open()
			must[string](t)(fetch("k", ready)())

			down()
			src := newSource("v")
			var all []<-chan outcome[string]
			var begun sync.WaitGroup
			begun.Add(200)
			for range 200 {
				all = append(all, async(func() (string, error) {
					begun.Done()
					return fetch("k", src)()
				}))
			}
			begun.Wait()
			time.AfterFunc(2*budget, src.open) // all have given Redis up
			for _, c := range all {
				r := receive(t, c, "a caller")
				if r.err != nil || r.value != "v" {
					t.Fatalf("%+v", r)
				}
			}
			if n := src.loads.Load(); n != 1 {
				t.Errorf("%d loads", n)
			}
			if seen.count(cache.EventFailOpen) != 200 {
				t.Errorf("%d calls failed open", seen.count(cache.EventFailOpen))
			}

			began := time.Now()
			for range 100 {
				must[string](t)(fetch("k", ready)())
			}
			if took := time.Since(began); took > 10*budget { // if each had waited, 100*budget
				t.Errorf("a hundred calls during the outage took %v", took)
			}

			up()
			began = time.Now()
			eventually.True(t, "the use of redis", func() bool {
				before := seen.count(cache.EventHit)
				must[string](t)(fetch("again", ready)())
				return seen.count(cache.EventHit) > before
			})
			t.Logf("recovery took %v", time.Since(began))
		})
	}
}

// TestOutageDuringLoad: Redis fails while a load runs. The callers get the value,
// also those of another client, which cannot see that it is there.
func TestOutageDuringLoad(t *testing.T) {
	slow.Skip(t, "it waits for timeouts")
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t)
			p := newProxy(t, s.Addr())
			url := s.URL()
			if name == "black hole" {
				url = p.url()
			}
			here, there := dial(t, url), dial(t, url)
			down, up := outage(s, p)
			src := newSource("v")
			fetch := func(rdb *redis.Client) func() (string, error) {
				return func() (string, error) {
					return cache.Fetch(t.Context(), rdb, "k", time.Minute, src.load, cache.Budget(budget), cache.Lease(2*time.Second))
				}
			}
			leader := async(fetch(here))
			receive(t, src.began, "the load")
			waiter := async(fetch(there))
			joined(t, src, waiter)
			down()
			joiner := async(fetch(here)) // finds Redis dead, and the load of its process
			receive(t, src.began, "the load of the other client")
			began := time.Now()
			src.open()
			for _, c := range []<-chan outcome[string]{leader, waiter, joiner} {
				if r := receive(t, c, "a caller"); r.err != nil || r.value != "v" {
					t.Fatalf("%+v", r)
				}
			}
			if took := time.Since(began); took > 2*budget+10*time.Second {
				t.Errorf("took %v after the load", took)
			}
			if n := src.loads.Load(); n != 2 {
				t.Errorf("%d loads of two clients", n)
			}
			up()
			began = time.Now()
			eventually.True(t, "a hit", func() bool {
				must[string](t)(fetch(here)())
				v, err := s.Client().Get(t.Context(), "k").Result()
				return err == nil && v == `"v"`
			})
			t.Logf("recovery took %v", time.Since(began))
		})
	}
}

// TestSlowCommandAmongGoodOnes: one operation without an answer does not shut the
// others out.
func TestSlowCommandAmongGoodOnes(t *testing.T) {
	s := redistest.Start(t)
	p := newProxy(t, s.Addr())
	rdb := dial(t, p.url(), func(o *redis.Options) { o.MaxRetries = -1 })
	seen, unlucky := &events{}, &events{}
	ready := func(context.Context) (string, error) { return "v", nil }
	must[string](t)(cache.Fetch(t.Context(), rdb, "good", time.Minute, ready))
	p.dropReply("unlucky", false)
	call := async(func() (string, error) {
		return cache.Fetch(t.Context(), rdb, "unlucky", time.Minute, ready, cache.Budget(budget), unlucky.observe())
	})
	n := 0
	for {
		select {
		case r := <-call:
			if r.value != "v" || r.err != nil || unlucky.count(cache.EventFailOpen) != 1 {
				t.Fatalf("%+v %v", r, unlucky.all)
			}
			must[string](t)(cache.Fetch(t.Context(), rdb, "good", time.Minute, never[string], seen.observe()))
			if got := seen.count(cache.EventHit); got != n+1 {
				t.Fatalf("%d hits of %d calls", got, n+1)
			}
			return
		default:
			must[string](t)(cache.Fetch(t.Context(), rdb, "good", time.Minute, never[string], seen.observe()))
			n++
		}
	}
}

// TestOneDeadMaster: the keys of the other masters stay cached.
func TestOneDeadMaster(t *testing.T) {
	t.Parallel()
	c := redistest.Cluster(t)
	rdb := clusterClient(t, c)
	ready := func(context.Context) (string, error) { return "v", nil }
	// One key for each third of the slots.
	keys := map[int]string{}
	for i := 0; len(keys) < 3; i++ {
		key := "k" + string(rune('a'+i))
		slot := int(must[int64](t)(rdb.ClusterKeySlot(t.Context(), key).Result()))
		keys[slot*3/16384] = key
	}
	for _, key := range keys {
		must[string](t)(cache.Fetch(t.Context(), rdb, key, time.Minute, ready))
	}
	c.Nodes[2].Pause()
	defer c.Nodes[2].Resume()
	must[string](t)(cache.Fetch(t.Context(), rdb, keys[2], time.Minute, ready, cache.Budget(budget)))
	seen := &events{}
	began := time.Now()
	for range 10 {
		for _, key := range keys {
			must[string](t)(cache.Fetch(t.Context(), rdb, key, time.Minute, ready, cache.Budget(budget), seen.observe()))
		}
	}
	if took := time.Since(began); took > 5*budget { // if the ten of the dead master had waited, 10*budget
		t.Errorf("thirty calls took %v", took)
	}
	if hits := seen.count(cache.EventHit); hits != 20 {
		t.Errorf("%d hits of 20 on healthy masters", hits)
	}
}

// TestNoWrites: a Redis that takes none, whatever its reason is, or no scripts.
// There is one load at a time, and no caller gets the value of one that began before
// they came.
func TestNoWrites(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T) *redistest.Server{
		"full": func(t *testing.T) *redistest.Server {
			return redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
		},
		"replica": func(t *testing.T) *redistest.Server {
			host, port, err := net.SplitHostPort(redistest.Start(t).Addr())
			if err != nil {
				t.Fatal(err)
			}
			return redistest.Start(t, "--replicaof", host, port)
		},
		"no scripts": func(t *testing.T) *redistest.Server {
			return redistest.Start(t, "--user", "default", "on", "nopass", "~*", "&*", "+@all", "-@scripting")
		},
		"reads only": func(t *testing.T) *redistest.Server {
			return redistest.Start(t, "--user", "default", "on", "nopass", "~*", "&*", "+@read", "+@connection", "+info")
		},
	} {
		t.Run(name, func(t *testing.T) { withoutWrites(t, start(t)) })
	}
}

func withoutWrites(t *testing.T, s *redistest.Server) {
	rdb := dial(t, s.URL())
	var running, loads atomic.Int64
	load := func(context.Context) (int64, error) {
		n := loads.Add(1)
		if running.Add(1) != 1 {
			t.Error("two loads at a time")
		}
		defer running.Add(-1)
		time.Sleep(20 * time.Millisecond)
		return n, nil
	}
	var all []<-chan outcome[int64]
	for range 100 {
		before := loads.Load()
		all = append(all, async(func() (int64, error) {
			n, err := cache.Fetch(t.Context(), rdb, "k", time.Minute, load)
			if err == nil && n <= before {
				t.Errorf("load %d was over, or running, when its caller came", n)
			}
			return n, err
		}))
		time.Sleep(time.Millisecond)
	}
	for _, c := range all {
		if r := receive(t, c, "a caller"); r.err != nil {
			t.Fatal(r.err)
		}
	}
	if loads.Load() > 50 { // of 100 callers, who come slowly on a busy machine
		t.Errorf("%d loads", loads.Load())
	}
	var fetch func(context.Context) (int64, error)
	fetch = func(ctx context.Context) (int64, error) { return cache.Fetch(ctx, rdb, "self", time.Minute, fetch) }
	if _, err := fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "wait for itself") {
		t.Errorf("a load that fetches itself: %v", err)
	}
}

// TestRefusalsMakeOneLoad has many callers meet a Redis that has just begun to
// refuse connections. The client tries again at times of its own for each of
// them; the first that fails ends that for all.
func TestRefusalsMakeOneLoad(t *testing.T) {
	s := redistest.Start(t)
	c, err := keryxredis.Open(t.Context(), s.URL(), keryxredis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var loads, begun atomic.Int64
	come := make(chan struct{}) // closed when all callers have
	fetch := func() {
		if begun.Add(1) == 250 {
			close(come)
		}
		_, err := cache.Fetch(t.Context(), c.Client, "key", time.Minute, func(context.Context) (int64, error) {
			if begun.Load() > 50 {
				<-come
				time.Sleep(100 * time.Millisecond) // as a query takes
			}
			return loads.Add(1), nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	var all sync.WaitGroup
	for range 50 { // fill the pool
		all.Go(fetch)
	}
	all.Wait()
	s.Kill()
	loads.Store(0)
	for range 2 { // all at once, and some while the first try again
		for range 100 {
			all.Go(fetch)
		}
		<-time.After(60 * time.Millisecond)
	}
	all.Wait()
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads", n)
	}
}
