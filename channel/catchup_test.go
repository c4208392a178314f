package channel_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

// forge publishes a message on "log" as if another came before it.
func forge(t *testing.T, rdb *redistest.Server, payload int, position, before string) {
	t.Helper()
	data := fmt.Sprintf(`{"channel":"log","message":%d,"sender":"test","position":"%s","before":"%s"}`, payload, position, before)
	if err := rdb.Client().Publish(t.Context(), "keryx:0:channel:log", data).Err(); err != nil {
		t.Fatal(err)
	}
}

// TestANodeReadsWhatItHasMissed, with the next message and without one, and says
// nothing of a gap.
func TestANodeReadsWhatItHasMissed(t *testing.T) {
	server := redistest.Start(t)
	away, here := startKeeping(t, server.URL(), channel.Options{}), startKeeping(t, server.URL(), channel.Options{})
	c := newClient("1")
	joins(t, away, c, "log")
	c.sees(t, "log", joined("all"))
	for round := range 3 {
		// The connections are closed while Redis stands still, so messages are sent
		// before the node is back.
		server.Client().ClientKillByFilter(t.Context(), "TYPE", "pubsub")
		broadcasts(t, here, "log", round)
	}
	c.sees(t, "log", joined("all"), "0", "1", "2")
	eventually.True(t, "the node is back", func() bool {
		return server.Client().PubSubNumSub(t.Context(), "keryx:0:channel:log").Val()["keryx:0:channel:log"] == 1
	})
	broadcasts(t, here, "log", "last")
	c.sees(t, "log", joined("all"), "0", "1", "2", `"last"`)
	for _, n := range []*testNode{away, here} {
		for _, g := range n.reported() {
			if strings.Contains(fmt.Sprint(g.Channels), "log") {
				t.Errorf("a gap was reported: %v", g)
			}
		}
	}
}

// TestALossIsTold in its place, once for all channels that have one.
func TestALossIsTold(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n, c := startKeeping(t, url, channel.Options{}), newClient("1")
		names := []string{"log", "long:a", "long:b"}
		n.OnGap(func(g channel.Gap) {
			for _, name := range g.Channels {
				_ = n.Notify(name, "lost", "test")
			}
		})
		for _, name := range names {
			joins(t, n, c, name)
			broadcasts(t, n, name, 1)
			c.sees(t, name, joined("all"), "1")
		}
		began := time.Now()
		n.redis.Client.FlushAll(t.Context())
		for _, name := range names {
			broadcasts(t, n, name, 2)
		}
		for _, name := range names {
			broadcasts(t, n, name, 3)
			c.sees(t, name, joined("all"), "1", `"lost"`, "2", "3")
		}
		told := map[string]int{}
		for _, g := range n.reported() {
			for _, name := range g.Channels {
				told[name]++
			}
			if g.Since.After(began) || g.Until.Before(began) {
				t.Errorf("the gap is from %v to %v; Redis was emptied at %v", g.Since, g.Until, began)
			}
		}
		if len(told) != len(names) || told["log"] != 1 {
			t.Errorf("gaps: %v", n.reported())
		}
	})
}

// TestOtherChannelsDoNotWait for a history that cannot be read.
func TestOtherChannelsDoNotWait(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server)
	o := channel.Options{Redis: &redis.Connections{Client: open(t, proxy.URL()).Client, Subscription: open(t, server.URL()).Subscription}}
	n := channel.NewHub(o)
	n.Handle(channel.Channel{Name: "log", History: channel.Last(5, time.Hour), PresenceKey: alone})
	n.Handle(channel.Channel{Name: "messages", PresenceKey: alone})
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := n.Stop(ctx); err != nil {
			t.Log(err)
		}
	})
	sender := startKeeping(t, server.URL(), channel.Options{})
	c := newClient("1")
	for _, name := range []string{"log", "messages"} {
		if err := n.Join(t.Context(), c, name); err != nil {
			t.Fatal(err)
		}
		c.sees(t, name, joined("all"))
	}
	broadcasts(t, sender, "log", 1)
	c.sees(t, "log", joined("all"), "1")

	proxy.Hold(redistest.ToServer)
	forge(t, server, 99, "9-9", "8-8") // which makes the node read
	broadcasts(t, sender, "log", 2)
	broadcasts(t, sender, "messages", 3)
	c.sees(t, "messages", joined("all"), "3")
	c.sees(t, "log", joined("all"), "1")
	proxy.Release(redistest.ToServer)
	eventually.Nil(t, func() error {
		if got := c.got("log"); got[len(got)-1] != "2" {
			return fmt.Errorf("got %s", got)
		}
		return nil
	})
}
