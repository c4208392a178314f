package channel_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/redistest"
)

// counter is a subscriber that counts, as cheap as one can be.
type counter struct {
	id    string
	total *atomic.Int64
}

func (c *counter) ID() string               { return c.id }
func (c *counter) Deliver(*channel.Message) { c.total.Add(1) }

// crowd lets size subscribers into a channel.
func crowd(b *testing.B, n *testNode, name string, size int, total *atomic.Int64) {
	b.Helper()
	var wg sync.WaitGroup
	free := make(chan struct{}, 256)
	for i := range size {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			if err := n.Join(b.Context(), &counter{fmt.Sprint(i), total}, name); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

// until waits for a count, and leaves the processor to the goroutines that count.
func until(total *atomic.Int64, want int64) {
	for total.Load() < want {
		runtime.Gosched()
	}
}

// BenchmarkFanOut measures a broadcast over Redis until all subscribers have it.
func BenchmarkFanOut(b *testing.B) {
	for _, size := range []int{1, 100, 1000, 10000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := start(b, redistest.Start(b).URL(), channel.Options{})
			n.Handle(channel.Channel{Name: "crowd", PresenceKey: func(context.Context, *channel.Join) (string, error) { return "all", nil }})
			var total atomic.Int64
			crowd(b, n, "crowd", size, &total)
			quiet(b, n, "crowd")
			b.ReportAllocs()
			for b.Loop() {
				want := total.Load() + int64(size)
				if err := n.Broadcast(b.Context(), "crowd", "hello", "bench"); err != nil {
					b.Fatal(err)
				}
				until(&total, want)
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}

// quiet waits until the join of the crowd's member is delivered.
func quiet(b *testing.B, n *testNode, name string) {
	b.Helper()
	last := &counter{"last", new(atomic.Int64)}
	if err := n.Join(b.Context(), last, name); err != nil {
		b.Fatal(err)
	}
	broadcasts(b, n, name, 0)
	until(last.total, 1)
	if err := n.Leave(b.Context(), last, name); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBroadcasts is how many messages go through a node that is not waited for.
func BenchmarkBroadcasts(b *testing.B) {
	n := start(b, redistest.Start(b).URL(), channel.Options{})
	var total atomic.Int64
	crowd(b, n, "messages", 1, &total)
	before := total.Load()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := n.Broadcast(b.Context(), "messages", "hello", "bench"); err != nil {
				b.Error(err)
			}
		}
	})
	until(&total, before+int64(b.N))
}

// BenchmarkJoinAndLeave is done by many connections at once.
func BenchmarkJoinAndLeave(b *testing.B) {
	n := start(b, redistest.Start(b).URL(), channel.Options{})
	var ids, total atomic.Int64
	b.SetParallelism(100)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		c := &counter{fmt.Sprint(ids.Add(1)), &total}
		name := "room:" + c.id[:1]
		for pb.Next() {
			if err := n.Join(b.Context(), c, name); err != nil {
				b.Error(err)
			}
			if err := n.Leave(b.Context(), c, name); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkMemory measures the memory of one connection in one channel.
func BenchmarkMemory(b *testing.B) {
	n := start(b, redistest.Start(b).URL(), channel.Options{})
	for b.Loop() {
		before := heap()
		var total atomic.Int64
		crowd(b, n, "room:1", 10000, &total)
		b.ReportMetric(float64(heap()-before)/10000, "B/member")
		b.StopTimer()
		if err := n.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := n.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkHistory measures channels that keep messages: broadcasts that are waited for,
// broadcasts of many goroutines, and joins that get 100 missed messages.
func BenchmarkHistory(b *testing.B) {
	n := start(b, redistest.Start(b).URL(), channel.Options{})
	n.Handle(channel.Channel{Name: "kept", History: channel.Last(100, time.Hour), PresenceKey: alone})
	n.Handle(channel.Channel{Name: "loose", PresenceKey: alone})
	for _, name := range []string{"loose", "kept"} {
		var total atomic.Int64
		crowd(b, n, name, 1, &total)
		quiet(b, n, name)
		b.Run("broadcast/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				want := total.Load() + 1
				if err := n.Broadcast(b.Context(), name, "hello", "bench"); err != nil {
					b.Fatal(err)
				}
				until(&total, want)
			}
		})
		b.Run("broadcasts/"+name, func(b *testing.B) {
			before := total.Load()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := n.Broadcast(b.Context(), name, "hello", "bench"); err != nil {
						b.Error(err)
					}
				}
			})
			until(&total, before+int64(b.N))
		})
	}
	first, _, err := n.History(b.Context(), "kept", 100)
	if err != nil {
		b.Fatal(err)
	}
	for name, join := range map[string]channel.Rejoin{"join": {}, "recover-99": {After: first[0].Position}} {
		b.Run(name, func(b *testing.B) {
			var total atomic.Int64
			c := &counter{"comes", &total}
			b.ReportAllocs()
			for b.Loop() {
				j, err := n.JoinAfter(b.Context(), c, "kept", join)
				if err != nil || join.After != "" && len(j.Missed) != 99 {
					b.Fatal(err, j)
				}
				j.Release()
				n.LeaveAll(b.Context(), c)
			}
		})
	}
}
