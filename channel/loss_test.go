package channel_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// family is three nodes with ada on the first, bob on the second, eve on the third, and kim
// on the first two.
type family struct {
	a, b, c        *testNode
	ada, bob, eve  *client
	kimOnA, kimOnB *client
	rdb            goredis.UniversalClient
	nodes          string // the key of the set of nodes
	before         map[*client][]string
}

// newFamily returns them when all have seen eve come.
func newFamily(t *testing.T, url string, o channel.Options) *family {
	t.Helper()
	all := &family{
		a: start(t, url, o), b: start(t, url, o), c: start(t, url, o),
		ada: newClient("ada/1"), bob: newClient("bob/1"), eve: newClient("eve/1"),
		kimOnA: newClient("kim/1"), kimOnB: newClient("kim/2"),
		rdb: open(t, url).Client,
	}
	all.nodes = "keryx:presence:room:1"
	if _, ok := all.rdb.(*goredis.ClusterClient); ok {
		all.nodes = "keryx:presence:{room:1}"
	}
	joins(t, all.a, all.ada, "room:1")
	joins(t, all.b, all.bob, "room:1")
	joins(t, all.a, all.kimOnA, "room:1")
	joins(t, all.b, all.kimOnB, "room:1")
	joins(t, all.c, all.eve, "room:1")
	all.before = map[*client][]string{}
	for _, c := range []*client{all.ada, all.bob, all.eve} {
		eventually.True(t, "eve's join comes", func() bool { return slices.Contains(c.got("room:1"), joined("eve")) })
		all.before[c] = c.got("room:1")
	}
	return all
}

// sees waits until ada, bob and eve have got exactly these events, after those of the
// beginning.
func (all *family) sees(t *testing.T, want ...string) {
	t.Helper()
	for c, before := range all.before {
		c.sees(t, "room:1", append(slices.Clone(before), want...)...)
	}
}

// restored waits until Redis has all three nodes with their five connections.
func (all *family) restored(t *testing.T) {
	t.Helper()
	eventually.Nil(t, func() error {
		names, err := all.rdb.ZRange(t.Context(), all.nodes, 0, -1).Result()
		if err != nil {
			return err
		}
		var claims int64
		for _, n := range names {
			claims += all.rdb.HLen(t.Context(), all.nodes+"/"+n).Val()
		}
		if len(names) != 3 || claims != 5 {
			return fmt.Errorf("%d nodes claim %d connections", len(names), claims)
		}
		return nil
	})
}

// goesOn checks that joins and leaves are announced as ever.
func (all *family) goesOn(t *testing.T) {
	t.Helper()
	late := newClient("late/1")
	leaves(t, all.a, all.kimOnA, "room:1") // who is still there
	joins(t, all.c, late, "room:1")
	leaves(t, all.b, all.kimOnB, "room:1")
	all.sees(t, joined("late"), left("kim"))
	leaves(t, all.c, late, "room:1")
	all.sees(t, joined("late"), left("kim"), left("late"))
	hasMembers(t, all.b, "room:1", "ada", "bob", "eve")
}

func flush(t *testing.T, rdb goredis.UniversalClient) {
	t.Helper()
	flushOne := func(ctx context.Context, c goredis.UniversalClient) error { return c.FlushAll(ctx).Err() }
	var err error
	if cluster, ok := rdb.(*goredis.ClusterClient); ok {
		err = cluster.ForEachMaster(t.Context(), func(ctx context.Context, c *goredis.Client) error { return flushOne(ctx, c) })
	} else {
		err = flushOne(t.Context(), rdb)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestALossIsRepairedInSilence: with the settings that an app has, and no broken
// connection.
func TestALossIsRepairedInSilence(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	anywhere(t, func(t *testing.T, url string) {
		t.Parallel()
		all := newFamily(t, url, channel.Options{})
		for range 3 {
			flush(t, all.rdb)
			hasMembers(t, all.c, "room:1", "ada", "bob", "eve", "kim")
			all.restored(t)
		}
		all.goesOn(t)
	})
}

// TestALossIsRepairedSoon: within two seconds, of a clock that no load makes slow.
func TestALossIsRepairedSoon(t *testing.T) {
	bubble(t, func(t *testing.T, connect func() *fakeNode) {
		a, b := connect(), connect()
		ada, eve := newClient("ada/1"), newClient("eve/1")
		_ = a.Join(as(t.Context(), ada), ada, "room:1")
		_ = b.Join(as(t.Context(), eve), eve, "room:1")
		for range 20 {
			time.Sleep(700 * time.Millisecond)
			synctest.Wait()
			a.redis.FlushAll()
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if got, err := a.Members(t.Context(), "room:1"); err != nil || !slices.Equal(got, []string{"ada", "eve"}) {
				t.Errorf("members: %q %v", got, err)
			}
		}
		if got := ada.got("room:1"); !slices.Equal(got, []string{joined("ada"), joined("eve")}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestRestartIsRepairedInSilence: the connections break, too.
func TestRestartIsRepairedInSilence(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	server := redistest.Start(t)
	all := newFamily(t, server.URL(), channel.Options{})
	server.Restart()
	all.restored(t)
	all.goesOn(t)
}

// TestALeaveDuringALoss is announced once, and so is a member that has only left one of
// its nodes, when it leaves the other.
func TestALeaveDuringALoss(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	anywhere(t, func(t *testing.T, url string) {
		t.Parallel()
		all := newFamily(t, url, channel.Options{})
		flush(t, all.rdb)
		leaves(t, all.a, all.ada, "room:1")
		leaves(t, all.a, all.kimOnA, "room:1")
		delete(all.before, all.ada)
		all.sees(t, left("ada"))
		leaves(t, all.b, all.kimOnB, "room:1")
		all.sees(t, left("ada"), left("kim"))
		hasMembers(t, all.a, "room:1", "bob", "eve")
	})
}

// TestAStopDuringALoss: the members of a node that stops are announced.
func TestAStopDuringALoss(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	all := newFamily(t, redistest.Start(t).URL(), channel.Options{})
	flush(t, all.rdb)
	if err := all.a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	delete(all.before, all.ada)
	all.sees(t, left("ada"))
	hasMembers(t, all.c, "room:1", "bob", "eve", "kim")
}

// TestAnEvictedKey of a channel, whichever it is, is repaired in silence.
func TestAnEvictedKey(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	redistest.Each(t, func(t *testing.T, url string) {
		t.Parallel()
		all := newFamily(t, url, channel.Options{PresenceTTL: time.Minute, Heartbeat: 100 * time.Millisecond})
		keys := all.rdb.Keys(t.Context(), "*presence:room:1*").Val()
		slices.Sort(keys)
		if len(keys) < 10 {
			t.Fatalf("keys: %q", keys)
		}
		for _, key := range keys {
			all.rdb.Del(t.Context(), key)
			eventually.True(t, key+" is back", func() bool { return all.rdb.Exists(t.Context(), key).Val() == 1 })
			all.restored(t)
			hasMembers(t, all.a, "room:1", "ada", "bob", "eve", "kim")
			all.sees(t)
		}
		all.goesOn(t)
		for _, n := range []*testNode{all.a, all.b, all.c} {
			if err := n.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if keys := all.rdb.Keys(t.Context(), "*").Val(); len(keys) > 0 {
			t.Errorf("Redis still has %q", keys)
		}
	})
}

// TestADeathDuringALoss: the members of a node that dies while Redis has nothing stay
// present for the TTL, and are announced then.
func TestADeathDuringALoss(t *testing.T) {
	bubble(t, func(t *testing.T, connect func() *fakeNode) {
		alive, dead := connect(), connect()
		ada, eve := newClient("ada/1"), newClient("eve/1")
		_ = dead.Join(as(t.Context(), eve), eve, "room:1")
		_ = alive.Join(as(t.Context(), ada), ada, "room:1")
		time.Sleep(defaults.HeartbeatInterval + time.Second) // ada's node has asked who was there before
		dead.close()
		alive.redis.FlushAll()
		lost := time.Now()
		time.Sleep(2 * time.Second)
		if got, err := alive.Members(t.Context(), "room:1"); err != nil || !slices.Equal(got, []string{"ada", "eve"}) {
			t.Errorf("members: %q %v", got, err)
		}
		for len(ada.got("room:1")) == 1 && time.Since(lost) < time.Hour {
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if took := time.Since(lost); took < defaults.PresenceTTL || took > defaults.PresenceTTL+3*time.Second {
			t.Errorf("gone after %v", took)
		}
		if got := ada.got("room:1"); !slices.Equal(got, []string{joined("ada"), left("eve")}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestTheClockGoesBack: an hour, after a node has died. That it should have died in an
// hour is no reason to wait for that.
func TestTheClockGoesBack(t *testing.T) {
	bubble(t, func(t *testing.T, connect func() *fakeNode) {
		alive, dead := connect(), connect()
		ada, eve := newClient("ada/1"), newClient("eve/1")
		_ = alive.Join(as(t.Context(), ada), ada, "room:1")
		_ = dead.Join(as(t.Context(), eve), eve, "room:1")
		dead.close()
		moveDeaths(t, alive, time.Hour)
		synctest.Wait()
		stepped := time.Now()
		for len(ada.got("room:1")) == 2 && time.Since(stepped) < 2*time.Hour {
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if took, most := time.Since(stepped), defaults.PresenceTTL+defaults.HeartbeatInterval+time.Second; took > most {
			t.Errorf("gone after %v, want %v at most", took, most)
		}
		if got := ada.got("room:1"); !slices.Equal(got, []string{joined("ada"), joined("eve"), left("eve")}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestTheClockGoesForward: nobody is taken for dead that lives.
func TestTheClockGoesForward(t *testing.T) {
	bubble(t, func(t *testing.T, connect func() *fakeNode) {
		a, b := connect(), connect()
		ada, eve := newClient("ada/1"), newClient("eve/1")
		_ = a.Join(as(t.Context(), ada), ada, "room:1")
		_ = b.Join(as(t.Context(), eve), eve, "room:1")
		moveDeaths(t, a, -time.Hour)
		if got, err := a.Members(t.Context(), "room:1"); err != nil || !slices.Equal(got, []string{"ada", "eve"}) {
			t.Errorf("members: %q %v", got, err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := ada.got("room:1"); !slices.Equal(got, []string{joined("ada"), joined("eve")}) {
			t.Errorf("got %q", got)
		}
		// One that dies is noticed as ever.
		b.close()
		time.Sleep(defaults.PresenceTTL + time.Second)
		synctest.Wait()
		if got := ada.got("room:1"); !slices.Equal(got, []string{joined("ada"), joined("eve"), left("eve")}) {
			t.Errorf("got %q", got)
		}
	})
}

// moveDeaths changes the times at which nodes count as dead, as a clock does that is
// put back or forward after they were written.
func moveDeaths(t *testing.T, n *fakeNode, by time.Duration) {
	t.Helper()
	synctest.Wait() // the map is that of the server
	nodes, err := n.redis.SortedSet("keryx:presence:room:1")
	if err != nil || len(nodes) != 2 {
		t.Fatal(nodes, err)
	}
	for name, at := range maps.Clone(nodes) {
		if _, err := n.redis.ZAdd("keryx:presence:room:1", at+float64(by.Milliseconds()), name); err != nil {
			t.Fatal(err)
		}
	}
}
