package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// trio is three nodes with a client each in one room.
type trio struct {
	nodes   []*testNode
	clients []*client
}

func newTrio(t *testing.T, url string, o channel.Options) *trio {
	t.Helper()
	return newTrioAt(t, []string{url, url, url}, o)
}

// newTrioAt has each node reach Redis in a way of its own.
func newTrioAt(t *testing.T, urls []string, o channel.Options) *trio {
	t.Helper()
	var all trio
	for i, key := range []string{"ada", "bob", "eve"} {
		all.nodes = append(all.nodes, start(t, urls[i], o))
		all.clients = append(all.clients, newClient(key+"/1"))
		joins(t, all.nodes[i], all.clients[i], "room:1")
	}
	return &all
}

// works checks that all members are present, that a broadcast of each node reaches all
// clients once Redis and the nodes have settled, and that a client can join and leave.
func (all *trio) works(t *testing.T) {
	t.Helper()
	for i, n := range all.nodes {
		for attempt := 0; ; attempt++ {
			text := fmt.Sprintf("works %d %d", i, attempt)
			eventually.Nil(t, func() error { return n.Broadcast(t.Context(), "room:1", text, "test") })
			if all.hear(t, text) {
				break
			}
			if attempt == 5 {
				t.Fatalf("broadcasts of node %d do not reach everybody", i)
			}
		}
		hasMembers(t, n, "room:1", "ada", "bob", "eve")
	}
	late := newClient("late/1")
	joins(t, all.nodes[1], late, "room:2")
	hasMembers(t, all.nodes[2], "room:2", "late")
	leaves(t, all.nodes[1], late, "room:2")
	hasMembers(t, all.nodes[2], "room:2")
}

// hear reports whether all clients get a message before long.
func (all *trio) hear(t *testing.T, text string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience/5)
	defer cancel()
	for _, c := range all.clients {
		for !slices.Contains(c.got("room:1"), `"`+text+`"`) {
			select {
			case <-ctx.Done():
				return false
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	return true
}

// oneGap waits until each node has reported one.
func (all *trio) oneGap(t *testing.T) {
	t.Helper()
	for _, n := range all.nodes {
		eventually.Nil(t, func() error {
			if len(n.reported()) != 1 {
				return fmt.Errorf("gaps: %v", n.reported())
			}
			return nil
		})
	}
}

// sent is a broadcast without an error.
type sent struct {
	number       int
	began, ended time.Time
}

// talk broadcasts numbers from all nodes until stop is closed, and returns those
// that Redis has taken and the number of those that failed.
func (all *trio) talk(t *testing.T, stop <-chan struct{}) (taken []sent, failed int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, n := range all.nodes {
		wg.Go(func() {
			for k := 0; ; k++ {
				select {
				case <-stop:
					return
				case <-time.After(2 * time.Millisecond):
				}
				s := sent{number: 3*k + i, began: time.Now()}
				err := n.Broadcast(t.Context(), "room:1", s.number, "talk")
				s.ended = time.Now()
				mu.Lock()
				if err == nil {
					taken = append(taken, s)
				} else {
					failed++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return taken, failed
}

// account checks that every message which Redis took was delivered once to each
// client, or may be missing by what its node reports sooner or later.
func (all *trio) account(t *testing.T, taken []sent, failed int) {
	t.Helper()
	for i, c := range all.clients {
		times := map[int]int{}
		for _, text := range c.got("room:1") {
			var number int
			if json.Unmarshal([]byte(text), &number) == nil {
				times[number]++
			}
		}
		lost := slices.DeleteFunc(slices.Clone(taken), func(s sent) bool { return times[s.number] > 0 })
		eventually.Nil(t, func() error {
			gaps := all.nodes[i].reported()
			silent := slices.DeleteFunc(slices.Clone(lost), func(s sent) bool { return covered(s, gaps) })
			if len(silent) > 0 {
				return fmt.Errorf("%s lacks %d of %d messages that no gap explains, from %v to %v: %v",
					c.id, len(silent), len(taken), silent[0].began, silent[len(silent)-1].ended, gaps)
			}
			return nil
		})
		for number, n := range times {
			if n > 1 {
				t.Errorf("%s has %d %d times", c.id, number, n)
			}
		}
		t.Logf("%s: %d taken, %d failed, %d of those taken reported lost, gaps %v", c.id, len(taken), failed, len(lost), all.nodes[i].reported())
	}
}

func covered(s sent, gaps []channel.Gap) bool {
	return slices.ContainsFunc(gaps, func(g channel.Gap) bool {
		return slices.Contains(g.Channels, "room:1") && s.ended.After(g.Since) && s.began.Before(g.Until)
	})
}

// disturb disturbs Redis while all clients send messages, and checks the books. The
// repair happens long before a heartbeat.
func disturb(t *testing.T, url string, what func(all *trio)) {
	t.Helper()
	all, taken, failed := talkThrough(t, []string{url, url, url}, 20*time.Second, what)
	all.account(t, taken, failed)
}

// disturbAt is disturb of nodes that reach Redis each in a way of its own. Presence
// may go another one than messages, and is right with the next heartbeat.
func disturbAt(t *testing.T, urls []string, what func(all *trio)) {
	t.Helper()
	all, taken, failed := talkThrough(t, urls, 2*time.Second, what)
	all.account(t, taken, failed)
}

// talkThrough is disturb without the books.
func talkThrough(t *testing.T, urls []string, heartbeat time.Duration, what func(all *trio)) (*trio, []sent, int) {
	t.Helper()
	all := newTrioAt(t, urls, channel.Options{PresenceTTL: time.Minute, Heartbeat: heartbeat, Timeout: 2 * time.Second})
	stop, done := make(chan struct{}), make(chan struct{})
	var taken []sent
	var failed int
	go func() {
		defer close(done)
		taken, failed = all.talk(t, stop)
	}()
	talking := func(more int) { // waits until each client gets that many more messages
		t.Helper()
		for _, c := range all.clients {
			before := len(c.got("room:1"))
			eventually.Nil(t, func() error {
				if len(c.got("room:1")) < before+more {
					return fmt.Errorf("no messages reach %s", c.id)
				}
				return nil
			})
		}
	}
	talking(50)
	what(all)
	talking(50)
	close(stop)
	<-done
	all.works(t)
	return all, taken, failed
}

func TestRedisRestarts(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	disturb(t, server.URL(), func(all *trio) {
		server.Kill()
		n, late := all.nodes[0], newClient("late/1")
		// Broadcasts fail for the moment; no client is disconnected.
		fails(t, n.Broadcast(t.Context(), "room:1", -1, "test"), fault.ConnectionServerError, "The message may not have been sent")
		fails(t, n.Join(t.Context(), late, "room:2"), fault.ConnectionServerError, "The channel cannot be joined at the moment")
		_, err := n.Members(t.Context(), "room:1")
		fails(t, err, fault.ConnectionServerError, "The members are not known at the moment")
		server.Restart()
		back := time.Now()
		// The new server has no members at first, and all of them long before a
		// heartbeat.
		hasMembers(t, n, "room:1", "ada", "bob", "eve")
		if took := time.Since(back); took > 5*time.Second {
			t.Errorf("presence is repaired after %v", took)
		}
		all.oneGap(t)
	})
}

// TestALeaveDuringAnOutage is not forgotten.
func TestALeaveDuringAnOutage(t *testing.T) {
	server := redistest.Start(t)
	all := newTrio(t, server.URL(), channel.Options{Timeout: 300 * time.Millisecond})
	n, c := all.nodes[0], newClient("kim/1")
	joins(t, n, c, "room:1")
	server.Pause()
	leaves(t, n, c, "room:1")
	server.Resume()
	hasMembers(t, all.nodes[1], "room:1", "ada", "bob", "eve")
	all.works(t)
}

func TestRedisHangs(t *testing.T) {
	slow.Skip(t, "it waits for timeouts")
	t.Parallel()
	server := redistest.Start(t)
	disturb(t, server.URL(), func(all *trio) {
		server.Pause()
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		for ctx.Err() == nil { // until the nodes have lost patience
			_ = all.nodes[0].Broadcast(ctx, "room:1", -1, "test")
		}
		server.Resume()
		all.oneGap(t)
	})
}

// TestConnectionIsKilled: of one node, as Redis does with a reader that is too slow.
func TestConnectionIsKilled(t *testing.T) {
	server := redistest.Start(t)
	disturb(t, server.URL(), func(all *trio) {
		if err := server.Client().ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
			t.Fatal(err)
		}
		all.oneGap(t)
	})
}

func TestCluster(t *testing.T) {
	clusters(t, func(t *testing.T, cluster *redistest.ClusterServer) {
		url := cluster.URL()
		all := newTrio(t, url, channel.Options{})
		all.works(t)
		var clients []*client
		for i, n := range all.nodes {
			clients = append(clients, newClient(fmt.Sprint(i)))
			joins(t, n, clients[i], "messages")
		}
		oneOrder(t, all.nodes, clients, 100)
		many := newClient("many/1") // channels of all masters
		for i := range 30 {
			joins(t, all.nodes[0], many, fmt.Sprintf("room:many-%d", i))
		}
		if got := cluster.Client().SMembers(t.Context(), "presence:{room:1}").Val(); len(got) != 3 {
			t.Errorf("presence:{room:1} is %q", got)
		}
		all.nodes[0].LeaveAll(t.Context(), many)
		hasMembers(t, all.nodes[1], "room:many-29")
		for _, n := range all.nodes {
			if err := n.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
		for _, n := range cluster.Nodes {
			if keys := n.Client().Keys(t.Context(), "*").Val(); len(keys) > 0 {
				t.Errorf("%s still has %q", n.Addr(), keys)
			}
		}
	})
}

// TestNotifyAtAGap: those on the node can be told before anything else arrives.
func TestNotifyAtAGap(t *testing.T) {
	server := redistest.Start(t)
	n, c := start(t, server.URL(), channel.Options{}), newClient("ada/1")
	n.OnGap(func(g channel.Gap) {
		for _, name := range g.Channels {
			if err := n.Notify(name, "reload", "server"); err != nil {
				t.Error(err)
			}
		}
	})
	n.OnGap(func(channel.Gap) { panic("is survived") })
	joins(t, n, c, "room:1")
	server.Client().ClientKillByFilter(t.Context(), "TYPE", "pubsub")
	eventually.Nil(t, func() error {
		if len(n.reported()) == 0 {
			return errors.New("no gap")
		}
		return nil
	})
	broadcasts(t, n, "room:1", 1)
	c.sees(t, "room:1", joined("ada"), `"reload"`, "1")
}
