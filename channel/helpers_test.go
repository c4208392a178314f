package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/redis"
)

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

// open returns connections of a node's own, closed with the test.
func open(tb testing.TB, url string) *redis.Connections {
	tb.Helper()
	c, err := redis.Open(context.Background(), url, redis.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// over fills the options with connections.
func over(c *redis.Connections, o channel.Options) channel.Options {
	o.Redis = c
	return o
}

// testNode is a hub with connections of its own, as another process would have.
type testNode struct {
	*channel.Hub
	redis *redis.Connections

	mu   sync.Mutex
	gaps []channel.Gap
}

// start returns a running node that knows the channels "messages" and
// "room:{room}", of which people are present by the name before the '/' of
// their ids.
func start(tb testing.TB, url string, o channel.Options) *testNode {
	tb.Helper()
	n := &testNode{redis: open(tb, url)}
	n.Hub = channel.NewHub(over(n.redis, o))
	n.Handle(channel.Channel{Name: "messages"})
	n.Handle(channel.Channel{Name: "room:{room}", PresenceKey: person})
	n.OnGap(func(g channel.Gap) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.gaps = append(n.gaps, g)
	})
	if err := n.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := n.Stop(ctx); err != nil {
			tb.Logf("stop: %v", err)
		}
	})
	return n
}

func (n *testNode) reported() []channel.Gap {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.gaps)
}

// client is a subscriber that records its messages.
type client struct {
	id string

	mu       sync.Mutex
	messages []*channel.Message
}

func newClient(id string) *client { return &client{id: id} }

func (c *client) ID() string { return c.id }

func (c *client) Deliver(m *channel.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.messages = append(c.messages, m)
}

// got returns the messages of a channel: the payload of presence, and the JSON of
// others.
func (c *client) got(name string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, m := range c.messages {
		switch {
		case m.Channel != name:
		case m.Sender == "presence":
			var text string
			if err := json.Unmarshal(m.Payload, &text); err != nil {
				text = "not a string: " + string(m.Payload)
			}
			all = append(all, text)
		default:
			all = append(all, string(m.Payload))
		}
	}
	return all
}

// sees waits until the client has been sent exactly that on the channel.
func (c *client) sees(tb testing.TB, name string, want ...string) {
	tb.Helper()
	eventually.Nil(tb, func() error {
		if got := c.got(name); !slices.Equal(got, want) {
			return fmt.Errorf("%s on %s got\n%q, want\n%q", c.id, name, got, want)
		}
		return nil
	})
}

type caller struct{}

// person is the part of a client's id before the '/'.
func person(ctx context.Context, _ *channel.Join) (string, error) {
	c, _ := ctx.Value(caller{}).(*client)
	if c == nil {
		return "", nil
	}
	key, _, _ := strings.Cut(c.id, "/")
	return key, nil
}

// as is the context of a client's connection.
func as(ctx context.Context, c *client) context.Context {
	return context.WithValue(ctx, caller{}, c)
}

func joined(key string) string { return `{"event":"join","presenceKey":"` + key + `"}` }
func left(key string) string   { return `{"event":"leave","presenceKey":"` + key + `"}` }

// joins joins or fails the test.
func joins(tb testing.TB, n *testNode, c *client, name string) {
	tb.Helper()
	if err := n.Join(as(tb.Context(), c), c, name); err != nil {
		tb.Fatalf("%s joins %s: %v", c.id, name, err)
	}
}

func leaves(tb testing.TB, n *testNode, c *client, name string) {
	tb.Helper()
	if err := n.Leave(tb.Context(), c, name); err != nil {
		tb.Fatalf("%s leaves %s: %v", c.id, name, err)
	}
}

func broadcasts(tb testing.TB, n *testNode, name string, message any) {
	tb.Helper()
	if err := n.Broadcast(tb.Context(), name, message, "test"); err != nil {
		tb.Fatal(err)
	}
}

// hasMembers waits until those are present.
func hasMembers(tb testing.TB, n *testNode, name string, want ...string) {
	tb.Helper()
	eventually.Nil(tb, func() error {
		got, err := n.Members(tb.Context(), name)
		if err == nil && !slices.Equal(got, want) {
			err = fmt.Errorf("members of %s: %q, want %q", name, got, want)
		}
		return err
	})
}

// fails checks an error as a client would see it.
func fails(tb testing.TB, err error, kind fault.Type, message string) {
	tb.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		tb.Fatalf("got %v, want a %s", err, kind)
	}
	if e.Type != kind || e.Message != message {
		tb.Fatalf("got %s %q, want %s %q", e.Type, e.Message, kind, message)
	}
}
