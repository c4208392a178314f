package channel_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/redis"
)

// TestKilledNode: the members of a killed process are gone within one TTL, although
// others stay, and all subscribers are told once.
func TestKilledNode(t *testing.T) {
	slow.Skip(t, "it kills a process")
	t.Parallel()
	redistest.Each(t, func(t *testing.T, url string) {
		o := channel.Options{PresenceTTL: deathTTL, Heartbeat: deathTTL / 4}
		a, b, rdb := start(t, url, o), start(t, url, o), open(t, url).Client
		ada, bob := newClient("ada/1"), newClient("bob/1")
		joins(t, a, ada, "room:1")
		joins(t, b, bob, "room:1")
		ghost := spawn(t, url, "ada", "eve", "kim")
		hasMembers(t, a, "room:1", "ada", "bob", "eve", "kim")

		if err := ghost.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		killed := time.Now()
		eventually.Nil(t, func() error { // as a reader of Keryx sees it, which does not remove dead members
			got := rdb.SMembers(t.Context(), "presence:room:1").Val()
			if slices.Sort(got); !slices.Equal(got, []string{"ada", "bob"}) {
				return fmt.Errorf("there is %q", got)
			}
			return nil
		})
		if took := time.Since(killed); took > deathTTL+time.Second {
			t.Errorf("gone after %v, the TTL is %v", took, deathTTL)
		}
		if got := rdb.SMembers(t.Context(), "presence:room:1:ada").Val(); !slices.Equal(got, []string{"ada/1"}) {
			t.Errorf("connections of ada: %q", got)
		}
		broadcasts(t, a, "room:1", "after")
		eventually.Nil(t, func() error {
			if got := ada.got("room:1"); got[len(got)-1] != `"after"` {
				return fmt.Errorf("got %q", got)
			}
			return nil
		})
		for _, key := range []string{"eve", "kim"} {
			if n := strings.Count(strings.Join(ada.got("room:1"), " "), left(key)); n != 1 {
				t.Errorf("%d leave events of %s: %q", n, key, ada.got("room:1"))
			}
		}
	})
}

// TestPausedNode: a process that stands still for longer than the TTL is taken
// for dead, and comes back by itself.
func TestPausedNode(t *testing.T) {
	slow.Skip(t, "it suspends a process")
	t.Parallel()
	url := redistest.Start(t).URL()
	n := start(t, url, channel.Options{PresenceTTL: deathTTL, Heartbeat: deathTTL / 4})
	ada := newClient("ada/1")
	joins(t, n, ada, "room:1")
	paused := spawn(t, url, "eve")
	if err := paused.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ada.sees(t, "room:1", joined("ada"), joined("eve"), left("eve"))
	hasMembers(t, n, "room:1", "ada")
	if err := paused.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	ada.sees(t, "room:1", joined("ada"), joined("eve"), left("eve"), joined("eve"))
	hasMembers(t, n, "room:1", "ada", "eve")
}

// bubble runs a test on an embedded Redis, in which time advances only while all
// goroutines wait. connect returns the connections of a separate node.
func bubble(t *testing.T, test func(t *testing.T, connect func() *fakeNode)) {
	synctest.Test(t, func(t *testing.T) {
		m := miniredis.NewMiniRedis()
		m.ClockTTL(true)
		defer m.Close()
		test(t, func() *fakeNode {
			f := &fakeNode{redis: m}
			dial := func() *goredis.Client {
				c := goredis.NewClient(&goredis.Options{
					Dialer:                func(context.Context, string, string) (net.Conn, error) { return m.Dial() },
					Addr:                  "127.0.0.1:6379", // a name would be looked up, outside the bubble
					ContextTimeoutEnabled: true,
				})
				t.Cleanup(func() { _ = c.Close() })
				c.AddHook(&f.trips)
				return c
			}
			client, subscription := dial(), dial()
			f.close = func() { _, _ = client.Close(), subscription.Close() }
			f.Hub = channel.NewHub(channel.Options{
				Redis: &redis.Connections{Client: client, Subscription: subscription},
			})
			f.Handle(channel.Channel{Name: "room:{room}", PresenceKey: person})
			if err := f.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = f.Stop(context.Background()) })
			return f
		})
	})
}

// fakeNode is a node in a bubble.
type fakeNode struct {
	*channel.Hub
	redis *miniredis.Miniredis
	close func()
	trips trips
}

// trips counts the round trips of presence, which is scripts.
type trips struct {
	mu sync.Mutex
	count
}

type count struct{ commands, pipelines, inPipelines int }

func (c *trips) now() count {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

func (*trips) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (c *trips) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		c.mu.Lock()
		if cmd.Name() == "evalsha" {
			c.commands++
		}
		c.mu.Unlock()
		return next(ctx, cmd)
	}
}

func (c *trips) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		c.mu.Lock()
		if cmds[0].Name() == "evalsha" {
			c.pipelines++
			c.inPipelines += len(cmds)
		}
		c.mu.Unlock()
		return next(ctx, cmds)
	}
}

// TestTheTimeOfDeath: with the real times, to the second.
func TestTheTimeOfDeath(t *testing.T) {
	bubble(t, func(t *testing.T, connect func() *fakeNode) {
		alive, dead := connect(), connect()
		ada, eve := newClient("ada/1"), newClient("eve/1")
		for _, err := range []error{
			alive.Join(as(t.Context(), ada), ada, "room:1"), dead.Join(as(t.Context(), eve), eve, "room:1"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		events := func(want ...string) {
			t.Helper()
			synctest.Wait()
			if got := ada.got("room:1"); !slices.Equal(got, append([]string{joined("ada"), joined("eve")}, want...)) {
				t.Fatalf("got %q", got)
			}
		}
		time.Sleep(10 * time.Minute)
		events() // it lives
		dead.close()
		closed := time.Now()
		for {
			members, err := alive.Members(t.Context(), "room:1")
			if err != nil {
				t.Fatal(err)
			}
			if len(members) == 1 {
				break
			}
			events()
			time.Sleep(time.Second)
		}
		if took := time.Since(closed); took < defaults.PresenceTTL-defaults.HeartbeatInterval || took > defaults.PresenceTTL {
			t.Errorf("gone after %v", took)
		}
		events(left("eve"))
	})
}

// TestDeathIsNoticedByItself: a dead node is noticed without a query for members.
func TestDeathIsNoticedByItself(t *testing.T) {
	bubble(t, func(t *testing.T, connect func() *fakeNode) {
		alive, dead := connect(), connect()
		ada, eve := newClient("ada/1"), newClient("eve/1")
		time.Sleep(7 * time.Second) // not at a heartbeat of the other
		_ = dead.Join(as(t.Context(), eve), eve, "room:1")
		dead.close()
		time.Sleep(20 * time.Second)
		// The join finds out when the other one is due, before the next heartbeat.
		_ = alive.Join(as(t.Context(), ada), ada, "room:1")
		time.Sleep(defaults.PresenceTTL - 20*time.Second - time.Millisecond)
		synctest.Wait()
		if got := ada.got("room:1"); !slices.Equal(got, []string{joined("ada")}) {
			t.Fatalf("got %q", got)
		}
		time.Sleep(3 * time.Millisecond)
		synctest.Wait()
		if got := ada.got("room:1"); !slices.Equal(got, []string{joined("ada"), left("eve")}) {
			t.Fatalf("got %q", got)
		}
	})
}

// TestForgottenNode: the keys of a channel expire when all of its nodes are
// paused for long. The first that goes on knows who was there; nobody is announced
// again.
func TestForgottenNode(t *testing.T) {
	bubble(t, func(t *testing.T, connect func() *fakeNode) {
		a, b := connect(), connect()
		ada, bob := newClient("ada/1"), newClient("bob/1")
		_ = a.Join(as(t.Context(), ada), ada, "room:1")
		a.redis.Del("keryx:presence:room:1")
		a.redis.Del("presence:room:1")
		_ = b.Join(as(t.Context(), bob), bob, "room:1")
		for range 2 {
			if members, err := b.Members(t.Context(), "room:1"); err != nil || !slices.Equal(members, []string{"ada", "bob"}) {
				t.Fatalf("members %q, %v", members, err)
			}
			time.Sleep(2 * defaults.PresenceTTL)
			synctest.Wait()
		}
		if got := bob.got("room:1"); !slices.Equal(got, []string{joined("bob")}) {
			t.Fatalf("got %q", got)
		}
	})
}

// TestHeartbeat: it costs one round trip, however many members there are. (More
// channels would be more than the pipes of the bubble hold at a time.)
func TestHeartbeat(t *testing.T) {
	bubble(t, func(t *testing.T, connect func() *fakeNode) {
		n := connect()
		for i := range 60 {
			c := newClient(fmt.Sprintf("%d/1", i))
			if err := n.Join(as(t.Context(), c), c, fmt.Sprintf("room:%d", i%5)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(defaults.HeartbeatInterval) // the first one may load scripts
		synctest.Wait()
		before := n.trips.now()
		time.Sleep(10 * defaults.HeartbeatInterval)
		synctest.Wait()
		after := n.trips.now()
		if got := (count{after.commands - before.commands, after.pipelines - before.pipelines, after.inPipelines - before.inPipelines}); got != (count{0, 10, 50}) {
			t.Errorf("ten heartbeats with 5 channels took %+v", got)
		}
		if members, _ := n.Members(t.Context(), "room:1"); len(members) != 12 {
			t.Errorf("members %q", members)
		}
	})
}
