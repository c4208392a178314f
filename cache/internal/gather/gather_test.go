package gather_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/cache/internal/gather"
	"github.com/keryx-go/keryx/internal/eventually"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// value is what a key holds: its name, or an error.
type value struct {
	text   string
	err    error
	shared bool
}

// server answers reads when gate lets them, and counts them.
type server struct {
	gate  func(keys []string)            // nil: at once
	renew func() (context.Context, bool) // nil: the caller's own
	trips atomic.Int64
	keys  atomic.Int64
	most  atomic.Int64 // keys in one trip
}

func (s *server) read(keys []string) []value {
	s.trips.Add(1)
	s.keys.Add(int64(len(keys)))
	for n := s.most.Load(); int64(len(keys)) > n && !s.most.CompareAndSwap(n, int64(len(keys))); n = s.most.Load() {
	}
	if s.gate != nil {
		s.gate(keys)
	}
	found := make([]value, len(keys))
	for i, key := range keys {
		found[i].text = "value of " + key
	}
	return found
}

func (s *server) ReadOne(_ context.Context, key string) value      { return s.read([]string{key})[0] }
func (s *server) ReadAll(_ context.Context, keys []string) []value { return s.read(keys) }
func (s *server) Failed(err error) value                           { return value{err: err} }
func (s *server) Share(v *value)                                   { v.shared = true }

func (s *server) Renew(caller context.Context, _ string) (context.Context, bool, bool) {
	if s.renew == nil {
		return caller, false, true
	}
	ctx, ok := s.renew()
	return ctx, false, ok
}

type gatherer = gather.Gatherer[value, *server]

func newGatherer(leaders, batch int) *gatherer {
	return gather.New[value, *server](gather.Size{Leaders: leaders, Batch: batch})
}

func Example() {
	s := &server{}
	g := newGatherer(4, 64)
	ctx := context.Background()
	v, _ := g.Read(ctx, ctx, s, "user:1", false)
	fmt.Println(v.text)
	// Output: value of user:1
}

// TestReadsGoTogether: while one read is under way, the others wait, and go in
// batches of the size.
func TestReadsGoTogether(t *testing.T) {
	const readers, batch = 100, 10
	open := make(chan struct{})
	first := true
	s := &server{gate: func([]string) {
		if first { // the only leader
			first = false
			<-open
		}
	}}
	g := newGatherer(1, batch)
	g.Fix(1)
	var all sync.WaitGroup
	for i := range readers {
		all.Go(func() {
			key := fmt.Sprint(i)
			if v, _ := g.Read(t.Context(), t.Context(), s, key, false); v.text != "value of "+key || v.err != nil {
				t.Errorf("%s: %+v", key, v)
			}
		})
	}
	eventually.True(t, "all but one wait", func() bool { return g.Waiting() == readers-1 })
	close(open)
	all.Wait()
	if s.keys.Load() != readers || s.most.Load() != batch || s.trips.Load() != 1+(readers-1+batch-1)/batch {
		t.Errorf("%d keys in %d trips of up to %d", s.keys.Load(), s.trips.Load(), s.most.Load())
	}
}

// TestAKeyIsReadOnceForAll who wait for it.
func TestAKeyIsReadOnceForAll(t *testing.T) {
	open := make(chan struct{})
	var mu sync.Mutex
	var trips [][]string
	s := &server{gate: func(keys []string) {
		mu.Lock()
		trips = append(trips, slices.Clone(keys))
		n := len(trips)
		mu.Unlock()
		if n == 1 {
			<-open
		}
	}}
	g := newGatherer(1, 64)
	g.Fix(1)
	var all sync.WaitGroup
	all.Go(func() { g.Read(t.Context(), t.Context(), s, "lead", false) })
	eventually.True(t, "the leader is away", func() bool { return s.trips.Load() == 1 })
	for range 20 {
		all.Go(func() {
			if v, _ := g.Read(t.Context(), t.Context(), s, "hot", false); v.text != "value of hot" || !v.shared {
				t.Errorf("%+v", v)
			}
		})
	}
	eventually.True(t, "the others wait", func() bool { return g.Waiting() == 20 })
	close(open)
	all.Wait()
	if len(trips) != 2 || !slices.Equal(trips[1], []string{"hot"}) {
		t.Errorf("%q", trips)
	}
}

// TestADeadLeaderHoldsUpNobody: after a while another caller leads beside it.
func TestADeadLeaderHoldsUpNobody(t *testing.T) {
	dead := make(chan struct{})
	s := &server{gate: func(keys []string) {
		if keys[0] == "dead" {
			<-dead
		}
	}}
	g := newGatherer(16, 64)
	var stuck, all sync.WaitGroup
	stuck.Go(func() { g.Read(t.Context(), t.Context(), s, "dead", true) })
	eventually.True(t, "it is stuck", func() bool { return s.trips.Load() == 1 })
	for i := range 200 {
		all.Go(func() {
			if v, _ := g.Read(t.Context(), t.Context(), s, fmt.Sprint(i%20), false); v.err != nil {
				t.Error(v.err)
			}
		})
	}
	all.Wait()
	close(dead)
	stuck.Wait()
}

// TestWaitsEnd with the context of the caller, with that of the request when there is no
// other, and when the server is given up.
func TestWaitsEnd(t *testing.T) {
	down := errors.New("down")
	for name, want := range map[string]error{"request": context.Canceled, "caller": context.Canceled, "server": down} {
		t.Run(name, func(t *testing.T) {
			open := make(chan struct{})
			s := &server{gate: func([]string) { <-open }}
			if name == "request" {
				s.renew = func() (context.Context, bool) { return nil, false }
			}
			g := newGatherer(1, 64)
			g.Fix(1)
			var all sync.WaitGroup
			all.Go(func() { g.Read(t.Context(), t.Context(), s, "a", false) })
			eventually.True(t, "the leader is away", func() bool { return s.trips.Load() == 1 })
			ended, cancel := context.WithCancel(t.Context())
			defer cancel()
			op, caller := ended, t.Context()
			if name == "caller" {
				op, caller = caller, op
			}
			all.Go(func() {
				if v, _ := g.Read(op, caller, s, "b", false); !errors.Is(v.err, want) {
					t.Errorf("got %+v", v)
				}
			})
			eventually.True(t, "one waits", func() bool { return g.Waiting() == 1 })
			if name == "server" {
				g.Fail(value{err: down})
			} else {
				cancel()
			}
			eventually.True(t, "none waits", func() bool { return g.Waiting() == 0 })
			close(open)
			all.Wait()
			if v, _ := g.Read(t.Context(), t.Context(), s, "c", false); v.text != "value of c" {
				t.Errorf("afterwards: %+v", v)
			}
		})
	}
}

// TestAQueueTakesNoBudget: reads that wait longer than a request may take have another
// context for theirs, and one that was taken along waits one more for its leader.
func TestAQueueTakesNoBudget(t *testing.T) {
	open, stuck := make(chan struct{}), make(chan struct{})
	var renewals atomic.Int64
	second, cancelSecond := context.WithCancel(t.Context())
	third, cancelThird := context.WithCancel(t.Context())
	defer cancelThird()
	s := &server{}
	s.gate = func(keys []string) {
		if keys[0] == "a" {
			<-open
		} else {
			<-stuck
		}
	}
	s.renew = func() (context.Context, bool) {
		if renewals.Add(1) == 1 {
			return second, true
		}
		return third, true
	}
	g := newGatherer(1, 2)
	g.Fix(1)
	var all sync.WaitGroup
	all.Go(func() { g.Read(t.Context(), t.Context(), s, "a", false) })
	eventually.True(t, "the leader is away", func() bool { return s.trips.Load() == 1 })
	ended, cancel := context.WithCancel(t.Context())
	all.Go(func() { g.Read(t.Context(), t.Context(), s, "b", false) }) // leads next
	eventually.True(t, "one waits", func() bool { return g.Waiting() == 1 })
	all.Go(func() {
		if v, _ := g.Read(ended, t.Context(), s, "c", false); !errors.Is(v.err, context.Canceled) {
			t.Errorf("got %+v", v)
		}
	})
	eventually.True(t, "two wait", func() bool { return g.Waiting() == 2 })
	cancel()
	eventually.True(t, "c waits on", func() bool { return renewals.Load() == 1 })
	close(open)
	eventually.True(t, "b has taken c along", func() bool { return s.trips.Load() == 2 })
	before := renewals.Load() // that of b is one of them
	cancelSecond()
	eventually.True(t, "c waits once more", func() bool { return renewals.Load() == before+1 })
	cancelThird()
	eventually.True(t, "c has left", func() bool { return renewals.Load() == before+2 })
	close(stuck)
	all.Wait()
}

// TestALeaderThatPanics leaves the others an error, and the gatherer of use.
func TestALeaderThatPanics(t *testing.T) {
	open := make(chan struct{})
	s := &server{}
	s.gate = func(keys []string) {
		switch {
		case keys[0] == "a":
			<-open
		case len(keys) > 1:
			panic("broken")
		}
	}
	g := newGatherer(1, 64)
	g.Fix(1)
	var all sync.WaitGroup
	all.Go(func() { g.Read(t.Context(), t.Context(), s, "a", false) })
	eventually.True(t, "the leader is away", func() bool { return s.trips.Load() == 1 })
	var failed, panicked atomic.Int64
	for i := range 2 {
		all.Go(func() {
			defer func() {
				if recover() != nil {
					panicked.Add(1)
				}
			}()
			if v, _ := g.Read(t.Context(), t.Context(), s, fmt.Sprint("b", i), false); v.err != nil {
				failed.Add(1)
			}
		})
	}
	eventually.True(t, "two wait", func() bool { return g.Waiting() == 2 })
	close(open)
	all.Wait()
	if failed.Load() != 1 || panicked.Load() != 1 {
		t.Errorf("%d failed, %d panicked", failed.Load(), panicked.Load())
	}
	if v, _ := g.Read(t.Context(), t.Context(), s, "c", false); v.text != "value of c" {
		t.Errorf("afterwards: %+v", v)
	}
}

// TestNothingIsLost has many readers, some of which give up, on a small gatherer.
func TestNothingIsLost(t *testing.T) {
	s := &server{}
	g := newGatherer(3, 7)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for n := range 300 {
				ctx, cancel := context.WithCancel(t.Context())
				if n%3 == 0 {
					go cancel()
				}
				key := fmt.Sprint((i * n) % 50)
				if v, _ := g.Read(ctx, ctx, s, key, n%5 == 0); v.err == nil && v.text != "value of "+key || v.err != nil && n%3 != 0 {
					t.Errorf("%s: %+v", key, v)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if g.Waiting() != 0 || s.most.Load() > 7 {
		t.Errorf("%d wait, %d in a batch", g.Waiting(), s.most.Load())
	}
}
