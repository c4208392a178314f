package channel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

// startKeeping is start with a channel "log" that keeps 5 messages.
func startKeeping(tb testing.TB, url string, o channel.Options) *testNode {
	tb.Helper()
	n := start(tb, url, o)
	n.Handle(channel.Channel{Name: "log", History: channel.Last(5, time.Hour), PresenceKey: alone})
	n.Handle(channel.Channel{Name: "long:{name}", History: channel.Last(channel.MaxHistory, time.Hour), PresenceKey: alone})
	return n
}

// alone makes all connections one member, of whose joins only the first is told.
func alone(context.Context, *channel.Join) (string, error) { return "all", nil }

// anywhere runs a test on an embedded Redis, on a real one, and on a cluster.
func anywhere(t *testing.T, test func(t *testing.T, url string)) {
	redistest.Each(t, test)
	t.Run("cluster", func(t *testing.T) { test(t, redistest.Cluster(t).URL()) })
}

// rejoins joins after a position and releases.
func rejoins(tb testing.TB, n *testNode, c *client, name, after string) *channel.Joined {
	tb.Helper()
	j, err := n.JoinAfter(as(tb.Context(), c), c, name, channel.Rejoin{After: after})
	if err != nil {
		tb.Fatalf("%s joins %s after %q: %v", c.id, name, after, err)
	}
	return j
}

// payloads are those of messages.
func payloads(messages []*channel.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, string(m.Payload))
	}
	return strings.Join(all, " ")
}

// recovers joins after a position and wants to have missed that. It returns the
// position from there on.
func recovers(tb testing.TB, n *testNode, c *client, name, after, want string) string {
	tb.Helper()
	j := rejoins(tb, n, c, name, after)
	j.Release()
	if !j.Recovered || payloads(j.Missed) != want {
		tb.Errorf("%s after %s: recovered %v, missed %s, want %s", c.id, after, j.Recovered, payloads(j.Missed), want)
	}
	return j.Position
}

func loses(tb testing.TB, n *testNode, c *client, name, after string) string {
	tb.Helper()
	j := rejoins(tb, n, c, name, after)
	j.Release()
	if j.Recovered || len(j.Missed) > 0 {
		tb.Errorf("%s after %s: recovered, missed %s", c.id, after, payloads(j.Missed))
	}
	return j.Position
}

func TestRecover(t *testing.T) {
	anywhere(t, func(t *testing.T, url string) {
		n, other := startKeeping(t, url, channel.Options{}), startKeeping(t, url, channel.Options{})
		c := newClient("1")
		// Before the first message there is a position as well.
		origin := rejoins(t, n, c, "log", "")
		if origin.Position == "" || origin.Recovered || len(origin.Missed) > 0 {
			t.Fatalf("joined: %+v", origin)
		}
		broadcasts(t, n, "log", 1)
		broadcasts(t, other, "log", 2)
		origin.Release()
		c.sees(t, "log", joined("all"), "1", "2")
		position := c.last("log")
		leaves(t, n, c, "log")

		broadcasts(t, other, "log", 3)
		broadcasts(t, n, "log", map[string]any{"four": "<4>"})
		recovers(t, other, newClient("2"), "log", origin.Position, `1 2 3 {"four":"<4>"}`)
		recovers(t, n, newClient("3"), "log", position, `3 {"four":"<4>"}`)
		four := recovers(t, n, newClient("4"), "log", position, `3 {"four":"<4>"}`)
		recovers(t, n, newClient("5"), "log", four, "")

		// The history keeps five: the first is trimmed, then others.
		broadcasts(t, n, "log", 5)
		recovers(t, n, newClient("6"), "log", origin.Position, `1 2 3 {"four":"<4>"} 5`)
		broadcasts(t, n, "log", 6)
		loses(t, n, newClient("7"), "log", origin.Position)
		recovers(t, n, newClient("8"), "log", position, `3 {"four":"<4>"} 5 6`)
		late := newClient("9")
		last := loses(t, n, late, "log", "1-1")
		broadcasts(t, n, "log", 7)
		late.sees(t, "log", "7")
		recovers(t, n, newClient("10"), "log", last, "7")

		messages, position, err := n.History(t.Context(), "log", 3)
		if err != nil || payloads(messages) != "5 6 7" || position != messages[2].Position || position != late.last("log") {
			t.Errorf("history: %s %s %v", payloads(messages), position, err)
		}
		if messages, _, err := n.History(t.Context(), "log", 100); err != nil || len(messages) != 5 {
			t.Errorf("history: %s %v", payloads(messages), err)
		}
		if messages, after, err := n.History(t.Context(), "log", 0); err != nil || len(messages) != 0 || after != position {
			t.Errorf("history: %s %s %v", payloads(messages), after, err)
		}
	})
}

// last returns the last position that a client has got.
func (c *client) last(name string) (position string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.messages {
		if m.Channel == name && m.Position != "" {
			position = m.Position
		}
	}
	return position
}

// TestOldMessages: none is older than its channel allows, for all readers.
func TestOldMessages(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n := start(t, url, channel.Options{})
		const age = 300 * time.Millisecond
		n.Handle(channel.Channel{Name: "short", History: channel.Last(100, age)})
		origin := rejoins(t, n, newClient("1"), "short", "")
		begun := time.Now()
		broadcasts(t, n, "short", 1)
		if messages, _, err := n.History(t.Context(), "short", 100); err != nil || len(messages) != 1 && time.Since(begun) < age {
			t.Errorf("history: %s %v", payloads(messages), err)
		}
		eventually.Nil(t, func() error {
			messages, _, err := n.History(t.Context(), "short", 100)
			if err == nil && len(messages) > 0 {
				err = fmt.Errorf("there still is %s", payloads(messages))
			}
			return err
		})
		loses(t, n, newClient("2"), "short", origin.Position)
		ended := time.Now()
		broadcasts(t, n, "short", 2)
		if messages, _, err := n.History(t.Context(), "short", 100); err != nil || payloads(messages) != "2" && time.Since(ended) < age {
			t.Errorf("history: %s %v", payloads(messages), err)
		}
	})
}

// TestWhatIsKept is in the keys that the guide names, and expires.
func TestWhatIsKept(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n := startKeeping(t, url, channel.Options{})
		rdb := n.redis.Client
		for i := range 7 {
			broadcasts(t, n, "log", i)
		}
		entries, err := rdb.XRange(t.Context(), "keryx:history:log", "-", "+").Result()
		if err != nil || len(entries) != 5 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		position := rdb.Get(t.Context(), "keryx:history:log/last").Val()
		if position != entries[4].ID || entries[4].Values["b"] != entries[3].ID {
			t.Errorf("position %s, entries %v", position, entries)
		}
		if want := `{"channel":"log","message":6,"sender":"test"}`; entries[4].Values["m"] != want {
			t.Errorf("entry %v, want %s", entries[4].Values, want)
		}
		if ttl := rdb.PTTL(t.Context(), "keryx:history:log").Val(); ttl <= 0 || ttl > time.Hour {
			t.Errorf("the history expires in %v", ttl)
		}
		if ttl := rdb.PTTL(t.Context(), "keryx:history:log/last").Val(); ttl <= 24*time.Hour || ttl > 8*24*time.Hour {
			t.Errorf("the position expires in %v", ttl)
		}
		if keys := rdb.Keys(t.Context(), "keryx:history:*").Val(); len(keys) != 2 {
			t.Errorf("keys %q", keys)
		}
	})
}

// TestPositionsIncrease, also when the clock steps back and when another server's
// history is ahead of the key.
func TestPositionsIncrease(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n := startKeeping(t, url, channel.Options{})
		rdb := n.redis.Client
		ahead := fmt.Sprint(time.Now().Add(time.Hour).UnixMilli(), "-5")
		rdb.Set(t.Context(), "keryx:history:log/last", ahead, 0)
		for i := range 20 {
			broadcasts(t, n, "log", i)
		}
		recovers(t, n, newClient("1"), "log", positionOf(t, n, 15), "16 17 18 19")
		// The key is behind the stream.
		rdb.Set(t.Context(), "keryx:history:log/last", "5-5", 0)
		before := positionOf(t, n, 19)
		broadcasts(t, n, "log", 20)
		recovers(t, n, newClient("2"), "log", before, "20")
		// The stream has no entries, but was ahead.
		rdb.XTrimMaxLen(t.Context(), "keryx:history:log", 0)
		rdb.Set(t.Context(), "keryx:history:log/last", "5-5", 0)
		broadcasts(t, n, "log", 21)
		loses(t, n, newClient("3"), "log", before)
		broadcasts(t, n, "log", 22)
		// The node has delivered later positions, and may not know yet that they are void.
		fresh := startKeeping(t, url, channel.Options{})
		recovers(t, fresh, newClient("4"), "log", positionOf(t, n, 21), "22")
	})
}

// positionOf returns the position of a message in the history of "log".
func positionOf(t *testing.T, n *testNode, payload int) string {
	t.Helper()
	messages, _, err := n.History(t.Context(), "log", 5)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(messages, func(m *channel.Message) bool { return string(m.Payload) == fmt.Sprint(payload) })
	if i < 0 {
		t.Fatalf("%d is not in the history: %s", payload, payloads(messages))
	}
	return messages[i].Position
}

// TestHistoryOnTheWire: clients get the position and nothing else that is for nodes.
func TestHistoryOnTheWire(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n, c := startKeeping(t, url, channel.Options{}), newClient("1")
		joins(t, n, c, "log")
		if err := n.Broadcast(t.Context(), "log", map[string]any{"position": "1-1"}, `a"b`); err != nil {
			t.Fatal(err)
		}
		c.sees(t, "log", joined("all"), `{"position":"1-1"}`)
		missed := rejoins(t, n, newClient("2"), "log", "")
		recovered, _, err := n.History(t.Context(), "log", 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []*channel.Message{c.messages[1], recovered[0]} {
			want := fmt.Sprintf(`{"message":{"channel":"log","message":{"position":"1-1"},"sender":"a\"b","position":"%s"}}`, missed.Position)
			if string(m.Frame()) != want || m.Sender != `a"b` || !json.Valid(m.Frame()) {
				t.Errorf("the frame is\n%s, want\n%s", m.Frame(), want)
			}
		}
	})
}

func TestChannelsWithoutHistory(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		n, c := startKeeping(t, url, channel.Options{}), newClient("1")
		j := rejoins(t, n, c, "messages", "5-5")
		if j.Recovered || j.Position != "" || j.Already {
			t.Errorf("joined: %+v", j)
		}
		broadcasts(t, n, "messages", 1)
		c.sees(t, "messages", joined("1"), "1") // nothing waits for Release
		messages, position, err := n.History(t.Context(), "messages", 5)
		if len(messages) != 0 || position != "" || err != nil {
			t.Errorf("history: %v %s %v", messages, position, err)
		}
		_, _, err = n.History(t.Context(), "nowhere", 5)
		fails(t, err, fault.ConnectionChannelAuthorization, "Channel not found: nowhere")
		for _, after := range []string{"x", "5", "5-", "-5", "05-5", "5-5-5", "+5-5", "5-5 ", "5-99999999999999999999"} {
			_, err := n.JoinAfter(t.Context(), c, "log", channel.Rejoin{After: after})
			fails(t, err, fault.ConnectionChannelValidation, "Invalid after: it has to be a position of this channel")
		}
		// Joining again changes nothing.
		joins(t, n, c, "log")
		if j := rejoins(t, n, c, "log", "5-5"); !j.Already || j.Position != "" || j.Recovered {
			t.Errorf("joined: %+v", j)
		}
	})
}
