package channel_test

import (
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

// TestForgottenHistory: what Redis has lost is not taken for nothing.
func TestForgottenHistory(t *testing.T) {
	anywhere(t, func(t *testing.T, url string) {
		for name, test := range map[string]struct {
			forget    []string // suffixes of keys
			recovered bool     // from the position before the message
			kept      bool     // the position after it is good still
		}{
			"all":      {[]string{"", "/last"}, false, false},
			"stream":   {[]string{""}, false, true},
			"position": {[]string{"/last"}, true, true},
			"nothing":  {[]string{"/none"}, true, true},
		} {
			t.Run(name, func(t *testing.T) {
				n, room := startKeeping(t, url, channel.Options{}), "long:"+name
				c := newClient("1")
				origin := rejoins(t, n, c, room, "")
				origin.Release()
				broadcasts(t, n, room, 1)
				eventually.True(t, "the message comes", func() bool { return c.last(room) != "" })
				one := c.last(room)
				leaves(t, n, c, room)

				remove(t, n.redis.Client, room, test.forget...)
				fresh := startKeeping(t, url, channel.Options{}) // and one that knows nothing
				goesOn := func(n *testNode, id, after string, recovered bool, want string) {
					t.Helper()
					if recovered {
						recovers(t, n, newClient(id), room, after, want)
					} else {
						loses(t, n, newClient(id), room, after)
					}
				}
				for i, n := range []*testNode{n, fresh} {
					goesOn(n, fmt.Sprint("origin", i), origin.Position, test.recovered, "1")
					goesOn(n, fmt.Sprint("one", i), one, test.kept, "")
				}
				broadcasts(t, n, room, 2)
				goesOn(fresh, "two", one, test.kept, "2")
			})
		}
	})
}

// remove deletes keys of the history of a channel.
func remove(t *testing.T, rdb goredis.UniversalClient, name string, suffixes ...string) {
	t.Helper()
	key := "keryx:history:" + name
	if _, ok := rdb.(*goredis.ClusterClient); ok {
		key = "keryx:history:{" + name + "}"
	}
	for _, s := range suffixes {
		if err := rdb.Del(t.Context(), key+s).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAReplicaKeepsNothing: it refuses a message that is to be kept, and delivers it to
// nobody.
func TestAReplicaKeepsNothing(t *testing.T) {
	master, replica := redistest.Start(t), redistest.Start(t)
	sender := startKeeping(t, replica.URL(), channel.Options{Timeout: time.Second})
	n, c := startKeeping(t, master.URL(), channel.Options{}), newClient("1")
	joins(t, n, c, "log")
	stranger := newClient("2")
	joins(t, sender, stranger, "log")
	stranger.sees(t, "log", joined("all"))
	replica.Follow(master)
	fails(t, sender.Broadcast(t.Context(), "log", 1, ""), fault.ConnectionServerError, "The message may not have been sent")
	_, _, err := sender.History(t.Context(), "log", 5)
	fails(t, err, fault.ConnectionServerError, "The history is not known at the moment")
	broadcasts(t, n, "log", 2)
	c.sees(t, "log", joined("all"), "2")
	if messages, _, err := n.History(t.Context(), "log", 5); err != nil || payloads(messages) != "2" {
		t.Errorf("history: %s %v", payloads(messages), err)
	}
}
