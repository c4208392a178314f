package scaling

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/keryx-go/keryx/bench/internal/harness"
)

// callers is the number of sockets that call an action.
const callers = 16

// operations measures what Redis does for an operation, and what it keeps.
func operations(ctx context.Context, b *bench) error {
	b.Say("what operations cost Redis, %d times each", b.times)
	s, err := startServer(ctx, b.Dir)
	if err != nil {
		return err
	}
	defer s.stop()
	b.measured(s.Version)
	c := &costs{bench: b, server: s, url: "redis://" + s.Address()}
	for _, measure := range []func(context.Context) error{c.joins, c.broadcasts, c.heartbeats, c.sessions} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	return stored(ctx, b)
}

// costs measures operations at one server.
type costs struct {
	*bench
	server *server
	url    string
}

// count notes what some runs of an operation cost, which f makes.
func (c *costs) count(ctx context.Context, name string, times int, f func() error) error {
	before, err := c.server.usage(ctx)
	if err != nil {
		return err
	}
	if err := f(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	after, err := c.server.usage(ctx)
	if err != nil {
		return err
	}
	c.run.Costs = append(c.run.Costs, &Cost{Name: name, Times: times, Usage: after.since(before)})
	return nil
}

// joins measures joins and leaves, alone and many at once.
func (c *costs) joins(ctx context.Context) error {
	h, err := startHub(ctx, c.url, 0)
	if err != nil {
		return err
	}
	defer h.stop()
	if err := warm(ctx, h); err != nil {
		return err
	}
	// A tenth of the members in each room, so that it has others.
	rooms := max(1, c.times/10)
	room := func(i int) string { return "room:" + strconv.Itoa(i%rooms) }
	leave := func(ctx context.Context, i int) error { return h.Leave(ctx, mute(strconv.Itoa(i)), room(i)) }
	join := func(ctx context.Context, i int) error { return h.join(ctx, strconv.Itoa(i), room(i)) }
	for _, step := range []struct {
		name string
		f    func() error
	}{
		{"join, one at a time", func() error { return inTurn(c.times, func(i int) error { return join(ctx, i) }) }},
		{"leave, one at a time", func() error { return inTurn(c.times, func(i int) error { return leave(ctx, i) }) }},
		{"join, 64 at once", func() error { return together(ctx, c.times, join) }},
		{"leave, 64 at once", func() error { return together(ctx, c.times, leave) }},
		{"join one channel, 64 at once", func() error {
			return together(ctx, c.times, func(ctx context.Context, i int) error { return h.join(ctx, strconv.Itoa(i), "room:large") })
		}},
	} {
		if err := c.count(ctx, step.name, c.times, step.f); err != nil {
			return err
		}
	}
	return nil
}

// broadcasts measures broadcasts to one node and to ten, and into a history.
func (c *costs) broadcasts(ctx context.Context) error {
	for _, step := range []struct {
		name, room string
		nodes      int
	}{
		{"broadcast to 1 node", "room:1", 1},
		{"broadcast to 10 nodes", "room:1", 10},
		{"broadcast to 1 node, with a history", "kept:1", 1},
	} {
		if err := c.broadcast(ctx, step.name, step.room, step.nodes); err != nil {
			return err
		}
	}
	return nil
}

func (c *costs) broadcast(ctx context.Context, name, room string, nodes int) error {
	var hubs []*hub
	for range nodes {
		h, err := startHub(ctx, c.url, 0)
		if err != nil {
			return err
		}
		defer h.stop()
		hubs = append(hubs, h)
		if err := h.join(ctx, "listener", room); err != nil {
			return err
		}
	}
	say := func(ctx context.Context, i int) error { return hubs[i%nodes].Broadcast(ctx, room, text(i), sender) }
	if err := together(ctx, 10*atOnce, say); err != nil { // opens connections
		return err
	}
	return c.count(ctx, name, c.times, func() error { return together(ctx, c.times, say) })
}

// heartbeats measures the heartbeats of a node with channels of ten members.
func (c *costs) heartbeats(ctx context.Context) error {
	const rooms, every = 100, 100 * time.Millisecond
	h, err := startHub(ctx, c.url, every)
	if err != nil {
		return err
	}
	defer h.stop()
	err = together(ctx, 10*rooms, func(ctx context.Context, i int) error {
		return h.join(ctx, strconv.Itoa(i), "room:"+strconv.Itoa(i%rooms))
	})
	if err != nil {
		return err
	}
	const name = "heartbeat of a channel with 10 members of the node"
	err = c.count(ctx, name, 0, func() error { return harness.Pause(ctx, every+time.Duration(c.times)*every/rooms) })
	if err != nil {
		return err
	}
	last := c.run.Costs[len(c.run.Costs)-1]
	last.Times = int(last.Usage.Commands["evalsha"])
	return nil
}

// sessions measures the look at the sessions of sockets, and messages of logged-in
// users.
func (c *costs) sessions(ctx context.Context) error {
	app := newApp(c.url)
	if err := app.Start(ctx); err != nil {
		return err
	}
	defer func() { _ = app.Stop(context.WithoutCancel(ctx)) }()
	users := make([]*user, callers)
	defer closeAll(users)
	err := together(ctx, len(users), func(ctx context.Context, i int) (err error) {
		users[i], err = connect(ctx, app.Web.URL(), strconv.Itoa(i), nil)
		return err
	})
	if err != nil {
		return err
	}
	ids, err := app.Sessions.IDs(ctx, "1")
	if err != nil {
		return err
	}
	err = c.count(ctx, "check of the session of a socket", c.times, func() error {
		_, err := app.Sessions.Alive(ctx, slices.Repeat(ids[:1], c.times))
		return err
	})
	if err != nil {
		return err
	}
	each := (c.times + len(users) - 1) / len(users)
	return c.count(ctx, "action of a logged-in user over a socket", each*len(users), func() error {
		return together(ctx, len(users), func(ctx context.Context, i int) error {
			return inTurn(each, func(int) error {
				return users[i].ask(ctx, `{"messageType":"action","action":"here","messageId":"a"}`, "a")
			})
		})
	})
}
