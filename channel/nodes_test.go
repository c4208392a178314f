package channel_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

func TestThreeNodes(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		a, b, c := start(t, url, channel.Options{}), start(t, url, channel.Options{}), start(t, url, channel.Options{})
		ada, bob, bob2, eve := newClient("ada/1"), newClient("bob/1"), newClient("bob/2"), newClient("eve/1")

		joins(t, a, ada, "room:1")
		joins(t, b, bob, "room:1")
		joins(t, c, bob2, "room:1") // the same member
		joins(t, c, eve, "room:2")
		broadcasts(t, a, "room:1", map[string]any{"text": "<hi>"})
		broadcasts(t, b, "room:2", 2)
		hasMembers(t, c, "room:1", "ada", "bob")
		hasMembers(t, a, "room:2", "eve")

		hi := `{"text":"<hi>"}`
		bob.sees(t, "room:1", joined("bob"), hi) // a client that leaves gets no message that is still on its way
		bob2.sees(t, "room:1", hi)
		leaves(t, b, bob, "room:1")
		hasMembers(t, a, "room:1", "ada", "bob")
		leaves(t, c, bob2, "room:1")
		hasMembers(t, a, "room:1", "ada")
		broadcasts(t, c, "room:1", nil)

		ada.sees(t, "room:1", joined("ada"), joined("bob"), hi, left("bob"), "null")
		bob.sees(t, "room:1", joined("bob"), hi)
		bob2.sees(t, "room:1", hi)
		eve.sees(t, "room:2", joined("eve"), "2")
		eve.sees(t, "room:1")
	})
}

func TestTheWire(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n := start(t, url, channel.Options{})
		c := newClient(`a"\` + "\n/1")
		joins(t, n, c, "room:1")
		if err := n.Broadcast(t.Context(), "room:1", "x", ""); err != nil {
			t.Fatal(err)
		}
		eventually.Nil(t, func() error {
			c.mu.Lock()
			defer c.mu.Unlock()
			if len(c.messages) != 2 {
				return fmt.Errorf("%d messages", len(c.messages))
			}
			return nil
		})
		for i, want := range []string{
			`{"message":{"channel":"room:1","message":"{\"event\":\"join\",\"presenceKey\":\"a\\\"\\\\\\n\"}","sender":"presence"}}`,
			`{"message":{"channel":"room:1","message":"x","sender":"unknown-sender"}}`,
		} {
			if got := string(c.messages[i].Frame()); got != want {
				t.Errorf("got\n%s, want\n%s", got, want)
			}
		}
	})
}

// TestKeysOfPresence: the keys that a reader of Keryx expects exist, and all are
// removed at the end.
func TestKeysOfPresence(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n, rdb := start(t, url, channel.Options{}), open(t, url).Client
		joins(t, n, newClient("ada/1"), "room:1")
		joins(t, n, newClient("ada/2"), "room:1")
		joins(t, n, newClient("bob/1"), "room:1")

		set := func(key string, want ...string) {
			t.Helper()
			got := rdb.SMembers(t.Context(), key).Val()
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
		set("presence:room:1", "ada", "bob")
		set("presence:room:1:ada", "ada/1", "ada/2")
		set("presence:room:1:bob", "bob/1")
		for _, key := range rdb.Keys(t.Context(), "*").Val() {
			if ttl := rdb.PTTL(t.Context(), key).Val(); ttl <= 0 || ttl > 2*defaults.PresenceTTL {
				t.Errorf("%s expires in %v", key, ttl)
			}
		}
		leaves(t, n, newClient("ada/1"), "room:1")
		set("presence:room:1", "ada", "bob")
		set("presence:room:1:ada", "ada/2")
		if err := n.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if keys := rdb.Keys(t.Context(), "*").Val(); len(keys) > 0 {
			t.Errorf("after Stop there are %q", keys)
		}
	})
}

// TestNamesThatCollide: Keryx's set of one member's connections may have the name
// of another channel's set of members.
func TestNamesThatCollide(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n := start(t, url, channel.Options{})
		n.Handle(channel.Channel{Name: "room", PresenceKey: person})
		a, b := newClient("1/a"), newClient("2/b")
		joins(t, n, a, "room")   // presence:room:1 is {1/a}
		joins(t, n, b, "room:1") // presence:room:1 gets 2
		hasMembers(t, n, "room:1", "2")
		hasMembers(t, n, "room", "1")
		leaves(t, n, a, "room")
		hasMembers(t, n, "room:1", "2")
		hasMembers(t, n, "room")
		b.sees(t, "room:1", joined("2"))
	})
}

// TestOrder: all clients get the messages of concurrent senders in the same order.
func TestOrder(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		var nodes []*testNode
		var clients []*client
		for i := range 3 {
			nodes = append(nodes, start(t, url, channel.Options{}))
			clients = append(clients, newClient(fmt.Sprintf("%d/x", i)))
			joins(t, nodes[i], clients[i], "messages")
		}
		oneOrder(t, nodes, clients, 100)
	})
}

// oneOrder broadcasts from all nodes at once.
func oneOrder(t *testing.T, nodes []*testNode, clients []*client, each int) {
	t.Helper()
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() {
			for k := range each {
				if err := n.Broadcast(t.Context(), "messages", []int{i, k}, "test"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	numbers := func(c *client) []string {
		return slices.DeleteFunc(c.got("messages"), func(s string) bool { return !strings.HasPrefix(s, "[") })
	}
	for _, c := range clients {
		eventually.Nil(t, func() error {
			if got := len(numbers(c)); got != len(nodes)*each {
				return fmt.Errorf("%s has %d messages", c.id, got)
			}
			return nil
		})
		if !slices.Equal(numbers(c), numbers(clients[0])) {
			t.Errorf("%s has another order than %s", c.id, clients[0].id)
		}
	}
	for i := range nodes {
		own := slices.DeleteFunc(numbers(clients[0]), func(s string) bool { return !strings.HasPrefix(s, fmt.Sprintf("[%d,", i)) })
		for k, s := range own {
			if s != fmt.Sprintf("[%d,%d]", i, k) {
				t.Fatalf("message %d of node %d is %s", k, i, s)
			}
		}
	}
}

// TestOnlyWhatIsNeeded: a node is subscribed to a channel only while it has a client
// there.
func TestOnlyWhatIsNeeded(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		a, b, rdb := start(t, url, channel.Options{}), start(t, url, channel.Options{}), open(t, url).Client
		const topic = "keryx:0:channel:messages"
		listeners := func(want int64) {
			t.Helper()
			eventually.Nil(t, func() error {
				if got := rdb.PubSubNumSub(t.Context(), topic).Val()[topic]; got != want {
					return fmt.Errorf("%d nodes hear it, want %d", got, want)
				}
				return nil
			})
		}
		one, two, other := newClient("1"), newClient("2"), newClient("3")
		listeners(0)
		joins(t, a, one, "messages")
		joins(t, a, two, "messages")
		listeners(1)
		joins(t, b, other, "messages")
		listeners(2)
		leaves(t, a, one, "messages")
		leaves(t, a, two, "messages")
		listeners(1)
		a.LeaveAll(t.Context(), one)
		b.LeaveAll(t.Context(), other)
		listeners(0)
	})
}

func TestForeignMessagesAreDropped(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		log := &lockedBuffer{}
		n, rdb := start(t, url, channel.Options{Logger: slog.New(slog.NewTextHandler(log, nil))}), open(t, url).Client
		c := newClient("1")
		joins(t, n, c, "messages")
		for _, foreign := range []string{
			"", "x", "{}", "[]", `{"channel":"room:1","message":1,"sender":"s"}`, `{"channel":"messages","sender":"s"}`,
			`{"channel":"messages","message":1}`, `{"channel":"messages","message":1,"sender":"s"}}`,
		} {
			rdb.Publish(t.Context(), "keryx:0:channel:messages", foreign)
		}
		rdb.Publish(t.Context(), "keryx:0:channel:messages", ` { "sender":"s", "message": [1], "more":1, "channel":"messages" } `)
		c.sees(t, "messages", joined("1"), "[1]")
		if got := strings.Count(log.String(), "dropped a message"); got != 8 {
			t.Errorf("%d lines about 8 messages:\n%s", got, log)
		}
	})
}

// lockedBuffer is a buffer for the log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestStartAndStopAgain(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n, other := start(t, url, channel.Options{}), start(t, url, channel.Options{})
		watcher := newClient("watcher")
		joins(t, other, watcher, "messages")
		var want []string
		for i := range 3 {
			c := newClient(fmt.Sprint(i))
			joins(t, n, c, "messages")
			for range 2 {
				if err := n.Stop(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			hasMembers(t, n, "messages", "watcher") // also of a hub that does not run
			fails(t, n.Join(t.Context(), c, "messages"), fault.ConnectionServerError, "The channel cannot be joined at the moment")
			fails(t, n.Leave(t.Context(), c, "messages"), fault.ConnectionNotSubscribed, "not subscribed to this channel")
			n.LeaveAll(t.Context(), c)
			broadcasts(t, n, "messages", i)
			for range 2 {
				if err := n.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			want = append(want, joined(c.id), left(c.id), fmt.Sprint(i))
		}
		watcher.sees(t, "messages", append([]string{joined("watcher")}, want...)...)
	})
}

func TestBeforeRedis(t *testing.T) {
	h := channel.NewHub(channel.Options{Redis: redis.New(redis.Options{})})
	h.Handle(channel.Channel{Name: "messages"})
	fails(t, h.Broadcast(t.Context(), "messages", 1, ""), fault.ConnectionServerError, "The message was not sent")
	_, err := h.Members(t.Context(), "messages")
	fails(t, err, fault.ConnectionServerError, "The members are not known at the moment")
	fails(t, h.Join(t.Context(), newClient("1"), "messages"), fault.ConnectionServerError, "The channel cannot be joined at the moment")
	if err := h.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "not connected") {
		t.Errorf("got %v", err)
	}
}

func TestStartWithoutRedis(t *testing.T) {
	c := open(t, redistest.Start(t).URL())
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	h := channel.NewHub(over(c, channel.Options{}))
	ctx, cancel := context.WithTimeout(t.Context(), 50_000_000)
	defer cancel()
	if err := h.Start(ctx); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Fatalf("got %v", err)
	}
	if err := h.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
