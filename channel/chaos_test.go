package channel_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

var (
	chaos     = flag.Duration("chaos", 3*time.Second, "how long each chaos test of histories goes on")
	chaosSeed = flag.Uint64("chaos-seed", 0, "the seed of the chaos tests; 0: a new one")
)

// storm is nodes with subscribers, some of which come and go all the time, and senders.
type storm struct {
	nodes  []*testNode
	fates  []*fate
	sent   atomic.Int64 // taken by Redis for sure
	failed atomic.Int64
}

// rage has all of them work while disturb runs, and returns when each subscriber has got
// the last message.
func rage(t *testing.T, urls []string, disturb func(random *rand.Rand)) *storm {
	t.Helper()
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-chaos-seed %d", seed)
	s := &storm{}
	stop := make(chan struct{})
	var senders, comers sync.WaitGroup
	for i, url := range urls {
		n := startKeeping(t, url, channel.Options{Timeout: 2 * time.Second})
		n.OnGap(func(g channel.Gap) {
			for _, name := range g.Channels {
				_ = n.Notify(name, "gap", "test")
			}
		})
		s.nodes = append(s.nodes, n)
		for k := range 3 {
			stayer, comer := &fate{id: fmt.Sprintf("stays%d-%d", i, k), node: n}, &fate{id: fmt.Sprintf("comes%d-%d", i, k), node: n}
			s.fates = append(s.fates, stayer, comer)
			stayer.stay(t)
			random := rand.New(rand.NewPCG(seed, uint64(10*i+k)))
			comers.Go(func() { comer.comeAndGo(t.Context(), random, stop) })
		}
		random := rand.New(rand.NewPCG(seed, uint64(1000+i)))
		senders.Go(func() { s.talk(t.Context(), n, random, stop) })
	}
	disturb(rand.New(rand.NewPCG(seed, 5000)))
	close(stop)
	senders.Wait()
	comers.Wait()
	s.end(t)
	return s
}

// talk broadcasts until stop is closed.
func (s *storm) talk(ctx context.Context, n *testNode, random *rand.Rand, stop <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(random.IntN(3000)) * time.Microsecond):
		}
		if n.Broadcast(ctx, "long:room", i, "storm") == nil {
			s.sent.Add(1)
		} else {
			s.failed.Add(1)
		}
	}
}

// end sends a last message, and waits until all subscribers have got it.
func (s *storm) end(t *testing.T) {
	t.Helper()
	eventually.Nil(t, func() error { return s.nodes[0].Broadcast(t.Context(), "long:room", "end", "storm") })
	s.sent.Add(1)
	_, position, err := s.nodes[0].History(t.Context(), "long:room", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range s.fates {
		eventually.True(t, f.id+" gets the last message", func() bool { return f.has(position) })
	}
}

// account checks the messages of all subscribers, and returns how many losses they were
// told of.
func (s *storm) account(t *testing.T) (losses int) {
	t.Helper()
	var messages, recovered, lost, failed int
	for _, f := range s.fates {
		if err := f.whole(); err != nil {
			t.Error(err)
		}
		l, m := f.told()
		losses, messages = losses+l, messages+m
		recovered, lost, failed = recovered+f.recovered, lost+f.lost, failed+f.failed
	}
	t.Logf("%d sent, %d failed at the sender; %d deliveries; %d joins recovered, %d told of a loss, %d failed; %d losses told in all",
		s.sent.Load(), s.failed.Load(), messages, recovered, lost, failed, losses)
	if recovered < len(s.fates) || s.sent.Load() < 50 {
		t.Error("hardly anything has happened")
	}
	return losses
}

// nothingLost checks that all subscribers have got the same messages, since they joined,
// and that every message is among them which Redis has taken.
func (s *storm) nothingLost(t *testing.T) {
	t.Helper()
	if n := s.account(t); n > 0 {
		t.Errorf("%d losses were told", n)
	}
	all := s.fates[0].messages // it was there first
	if sent, failed := int(s.sent.Load()), int(s.failed.Load()); len(all) < sent || len(all) > sent+failed {
		t.Errorf("%d messages were delivered, of %d and %d that may have failed", len(all), sent, failed)
	}
	for _, f := range s.fates {
		want := all[max(0, len(all)-len(f.messages)):]
		if !slices.EqualFunc(f.messages, want, func(a, b *channel.Message) bool {
			return a.Position == b.Position && string(a.Frame()) == string(b.Frame())
		}) {
			t.Errorf("%s has got other messages", f.id)
		}
		first := slices.IndexFunc(all, func(m *channel.Message) bool { return m.Position == f.messages[0].Position })
		if first < 0 || first > 200 {
			t.Errorf("the first message of %s is number %d", f.id, first)
		}
	}
}

// rest waits for a random time, which the seed determines.
func rest(random *rand.Rand, least, most time.Duration) {
	time.Sleep(least + time.Duration(random.Int64N(int64(most-least))))
}

// during calls f at random times.
func during(t *testing.T, random *rand.Rand, f func()) {
	t.Helper()
	duration := *chaos
	if testing.Short() {
		duration = time.Second
	}
	for end := time.Now().Add(duration); time.Now().Before(end); {
		rest(random, duration/10, duration/5) // of work, not for something
		f()
	}
}

// TestChaosOfConnections breaks connections and has Redis stand still, which loses
// nothing.
func TestChaosOfConnections(t *testing.T) {
	server := redistest.Start(t)
	proxies := []*redistest.Proxy{redistest.NewProxy(t, server), redistest.NewProxy(t, server), redistest.NewProxy(t, server)}
	s := rage(t, []string{proxies[0].URL(), proxies[1].URL(), proxies[2].URL()}, func(random *rand.Rand) {
		during(t, random, func() {
			switch random.IntN(4) {
			case 0:
				proxies[random.IntN(3)].Cut()
			case 1:
				server.Client().ClientKillByFilter(t.Context(), "TYPE", "pubsub")
			case 2:
				server.Pause()
				rest(random, 0, 100*time.Millisecond) // how long it stands still
				server.Resume()
			case 3:
				p := proxies[random.IntN(3)]
				p.Hold(redistest.ToClient)
				rest(random, 0, 300*time.Millisecond) // how long nothing comes through
				p.Release(redistest.ToClient)
			}
		})
	})
	s.nothingLost(t)
}

// TestChaosOfData also has Redis lose its data, by a restart or FLUSHALL.
func TestChaosOfData(t *testing.T) {
	server := redistest.Start(t)
	url := server.URL()
	flushed := 0
	s := rage(t, []string{url, url, url}, func(random *rand.Rand) {
		during(t, random, func() {
			switch random.IntN(4) {
			case 0:
				server.Restart()
				flushed++
			case 1:
				server.Client().FlushAll(t.Context())
				flushed++
			case 2:
				server.Client().ClientKillByFilter(t.Context(), "TYPE", "normal")
			case 3:
				server.Pause()
				rest(random, 0, 100*time.Millisecond) // how long it stands still
				server.Resume()
			}
		})
	})
	if losses := s.account(t); (losses > 0) != (flushed > 0) {
		t.Errorf("%d losses told, of %d of Redis", losses, flushed)
	}
}

// TestChaosOfACluster breaks connections in a cluster, and exchanges the master of the
// channel with its replica, which loses nothing.
func TestChaosOfACluster(t *testing.T) {
	cluster := redistest.Cluster(t)
	slot := cluster.Client().ClusterKeySlot(t.Context(), "keryx:history:{long:room}").Val()
	master := cluster.Nodes[int(slot)*len(cluster.Nodes)/16384]
	replica := cluster.AddReplica(master)
	s := rage(t, []string{cluster.URL(), cluster.URL(), cluster.URL()}, func(random *rand.Rand) {
		breaks := func() {
			node := cluster.Nodes[random.IntN(len(cluster.Nodes))]
			node.Client().ClientKillByFilter(t.Context(), "TYPE", "pubsub")
		}
		during(t, random, breaks)
		cluster.Failover(replica, master)
		during(t, random, breaks)
	})
	s.nothingLost(t)
}

// TestChaosOfSentinel has a replica take over from a master, which may have taken
// messages that the replica has not got.
func TestChaosOfSentinel(t *testing.T) {
	sentinel := redistest.Sentinel(t)
	s := rage(t, []string{sentinel.URL(), sentinel.URL(), sentinel.URL()}, func(random *rand.Rand) {
		during(t, random, func() {})
		sentinel.Failover()
		during(t, random, func() {})
	})
	s.account(t)
}
