package ratelimit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/redis"
)

// model is the algorithm once more, in one process, with exact numbers.
type model struct {
	limit  int64
	window int64
	counts map[int64]int64
	passed []int64 // when
}

// run returns whether a run at that time is allowed, and how many more would be.
func (m *model) run(now int64) (bool, int64) {
	n := now / m.window
	estimate := m.counts[n-1]*(m.window-now%m.window)/m.window + m.counts[n] + 1
	if estimate > m.limit {
		return false, 0
	}
	m.counts[n]++
	m.passed = append(m.passed, now)
	return true, m.limit - estimate
}

// TestAgainstTheModel: a thousand runs at random times, on the clock of a Redis that
// is years away from the limiters', of which there are two.
func TestAgainstTheModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(slow.Rounds(1, 5)) {
		random := rand.New(rand.NewPCG(seed, 0))
		mini := miniredis.RunT(t)
		limiters := []*ratelimit.Limiter{}
		for range 2 {
			limiters = append(limiters, ratelimit.New(ratelimit.Options{Redis: &redis.Connections{Client: dial(t, "redis://"+mini.Addr())}}))
		}
		m := &model{limit: 1 + random.Int64N(20), window: 1000 + random.Int64N(9000), counts: map[int64]int64{}}
		rule := ratelimit.Rule{Limit: int(m.limit), Window: time.Duration(m.window) * time.Millisecond}
		now := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
		for i := range 1000 {
			now += random.Int64N(2 * m.window / m.limit)
			if random.IntN(50) == 0 {
				now += random.Int64N(3 * m.window)
			}
			if random.IntN(20) == 0 {
				now -= now % m.window // the very moment in which a window begins
				now += m.window
			}
			mini.SetTime(time.UnixMilli(now))
			got, err := limiters[i%2].Check(t.Context(), "ip:192.0.2.1", rule)
			allowed, left := m.run(now)
			end := now - now%m.window + m.window
			want := ratelimit.Result{Allowed: allowed, Limit: int(m.limit), Remaining: int(left), Reset: time.UnixMilli(end)}
			if !allowed {
				want.RetryAfter = time.Duration(end-now) * time.Millisecond
			}
			if err != nil || got != want {
				t.Fatalf("seed %d, run %d at %d: %+v, %v, want %+v", seed, i, now, got, err, want)
			}
		}
		// The algorithm guarantees that no window has more than the limit, and no
		// stretch of that length has twice as many.
		for i, at := range m.passed {
			end := slices.IndexFunc(m.passed[i:], func(later int64) bool { return later >= at+m.window })
			if end >= 2*int(m.limit) {
				t.Fatalf("seed %d: %d runs from %d on, with a limit of %d", seed, end, at, m.limit)
			}
		}
		for n, count := range m.counts {
			if count > m.limit {
				t.Fatalf("seed %d: %d runs in window %d", seed, count, n)
			}
		}
	}
}

// TestWeights is the formula by hand: ten runs in one window, and then, in the next,
// what is left of them at each tenth of it.
func TestWeights(t *testing.T) {
	mini := miniredis.RunT(t)
	l := ratelimit.New(ratelimit.Options{Redis: &redis.Connections{Client: dial(t, "redis://"+mini.Addr())}})
	began := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	for tenth := range int64(10) {
		identifier := fmt.Sprintf("ip:%d", tenth)
		rule := ratelimit.Rule{Limit: 100, Window: time.Minute}
		mini.SetTime(began)
		for range 10 {
			if _, err := l.Check(t.Context(), identifier, rule); err != nil {
				t.Fatal(err)
			}
		}
		mini.SetTime(began.Add(time.Minute + time.Duration(tenth)*6*time.Second))
		r, err := l.Check(t.Context(), identifier, rule)
		if want := 100 - int(10-tenth) - 1; err != nil || r.Remaining != want {
			t.Errorf("at %d/10: %+v, %v, want %d remaining", tenth, r, err, want)
		}
	}
}

// TestConcurrentChecks: with many callers on several servers at a time, exactly the
// limit passes, and refused calls do not count.
func TestConcurrentChecks(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rule := ratelimit.Rule{Limit: 37, Window: window()}
		var passed atomic.Int64
		var all sync.WaitGroup
		for range 4 {
			l := ratelimit.New(ratelimit.Options{Redis: &redis.Connections{Client: dial(t, url)}, Timeout: 10 * time.Second})
			for range 50 {
				all.Go(func() {
					r, err := l.Check(t.Context(), "user:1", rule)
					if err != nil {
						t.Error(err)
					}
					if r.Allowed {
						passed.Add(1)
					}
				})
			}
		}
		all.Wait()
		if passed.Load() != 37 {
			t.Errorf("%d have passed", passed.Load())
		}
		client := dial(t, url)
		key := fmt.Sprintf("ratelimit:user:1:%d", time.Now().UnixMilli()/rule.Window.Milliseconds())
		if n, err := client.Get(t.Context(), key).Int(); n != 37 || err != nil {
			t.Errorf("the counter is %d, %v", n, err)
		}
		if ttl := client.PTTL(t.Context(), key).Val(); ttl > 2*rule.Window || ttl < rule.Window {
			t.Errorf("it lives for %v", ttl)
		}
	})
}

// TestShortWindows hammers a real clock until runs have passed in five windows:
// none has more than the limit.
func TestShortWindows(t *testing.T) {
	t.Parallel()
	redistest.Each(t, func(t *testing.T, url string) {
		const limit, windows = 5, 5
		rule := ratelimit.Rule{Limit: limit, Window: 100 * time.Millisecond}
		var mu sync.Mutex
		passed := map[time.Time]int{}
		var all sync.WaitGroup
		for range 4 {
			l := ratelimit.New(ratelimit.Options{Redis: &redis.Connections{Client: dial(t, url)}, Timeout: time.Minute})
			all.Go(func() {
				for enough := false; !enough; {
					r, err := l.Check(t.Context(), "ip:192.0.2.1", rule)
					// A busy machine may take longer than a window for each of the tries.
					if err != nil && !strings.Contains(err.Error(), "no window of 100ms lasts as long") {
						t.Error(err)
						return
					}
					mu.Lock()
					if r.Allowed {
						passed[r.Reset]++
					}
					enough = len(passed) > windows // the last one may have just begun
					mu.Unlock()
				}
			})
		}
		all.Wait()
		for end, n := range passed {
			if n > limit {
				t.Errorf("%d have passed in the window that ends at %v", n, end)
			}
		}
	})
}

// TestWhatOthersCounted: the keys are those of the wire, so another server's counts
// are ours.
func TestWhatOthersCounted(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		l := ratelimit.New(ratelimit.Options{Redis: &redis.Connections{Client: client}})
		w := window()
		n := time.Now().UnixMilli() / w.Milliseconds()
		client.Set(t.Context(), fmt.Sprintf("ratelimit:ip:192.0.2.1:%d", n), "30", 0)
		r, err := l.Check(t.Context(), "ip:192.0.2.1", ratelimit.Rule{Window: w})
		if err != nil || r.Allowed || r.Remaining != 0 || r.Limit != 20 || r.RetryAfter <= 0 || r.RetryAfter > w {
			t.Errorf("%+v, %v", r, err)
		}
		r, err = l.Check(t.Context(), "user:192.0.2.1", ratelimit.Rule{Window: w})
		if err != nil || !r.Allowed || r.Remaining != 199 || r.Limit != 200 || r.RetryAfter != 0 {
			t.Errorf("%+v, %v", r, err)
		}
		client.Set(t.Context(), fmt.Sprintf("garbage:ip:x:%d", n), "x", 0)
		if _, err := l.Check(t.Context(), "ip:x", ratelimit.Rule{Window: w, Prefix: "garbage"}); err == nil {
			t.Error("garbage counts")
		}
		if _, err := l.Check(t.Context(), "", ratelimit.Rule{}); err == nil {
			t.Error("an empty key is allowed")
		}
	})
}

// TestCluster: both counters are in one slot, whatever the identifier.
func TestCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.Cluster(t)
	l := ratelimit.New(ratelimit.Options{Redis: &redis.Connections{Client: cluster.Client()}, Config: ratelimit.Settings{Window: window()}})
	for _, identifier := range []string{"ip:192.0.2.1", "ip:2001:db8::1", "user:7", "user:a}b", "}{", "{}", "{a}", "user:{x}y"} {
		for i := range 3 {
			r, err := l.Check(t.Context(), identifier, ratelimit.Rule{Limit: 2})
			if err != nil || r.Allowed != (i < 2) {
				t.Errorf("%s, run %d: %+v, %v", identifier, i, r, err)
			}
		}
	}
	var found []string
	for _, n := range cluster.Nodes {
		found = append(found, n.Client().Keys(t.Context(), "ratelimit:{ip:192.0.2.1}:*").Val()...)
	}
	if len(found) != 1 || strings.Count(found[0], ":") != 3 {
		t.Errorf("the keys are %q", found)
	}
}
