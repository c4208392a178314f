package channel

import (
	"context"
	"fmt"
)

// Join lets s into the channel of that name if the app agrees. When it returns
// nil, s gets every message that is broadcast from now on; it may have got some
// before, among them its own arrival. Joining a channel again does nothing.
//
// ctx is that of the connection: a transport ends it, and then calls
// [Hub.LeaveAll], when the connection is gone. The error is an *fault.Error:
// CONNECTION_CHANNEL_VALIDATION for a name that no channel can have,
// CONNECTION_CHANNEL_AUTHORIZATION when there is no such channel or s may not
// join it, whatever the app's functions return, and CONNECTION_SERVER_ERROR when
// Redis does not answer in Options.Timeout.
func (h *Hub) Join(ctx context.Context, s Subscriber, name string) error {
	if !valid(name) {
		return invalidName()
	}
	d, j := h.defined.Load().find(name)
	if d == nil {
		return notFound(name)
	}
	n := h.node.Load()
	if n == nil {
		return unavailable(cannotJoin, errStopped)
	}
	return n.join(ctx, s, d, j)
}

// Leave takes s out of a channel. Its error is CONNECTION_NOT_SUBSCRIBED when s
// is not in it, or that of [Hub.Join] for names. That Redis does not answer is no
// error here: s is out, and Redis hears of it later.
func (h *Hub) Leave(ctx context.Context, s Subscriber, name string) error {
	if !valid(name) {
		return invalidName()
	}
	n := h.node.Load()
	if n == nil {
		return notSubscribed()
	}
	left, err := n.leave(ctx, s.ID(), name)
	switch {
	case err != nil:
		return unavailable("The channel cannot be left at the moment", err)
	case left == nil:
		return notSubscribed()
	}
	n.report(ctx, left)
	return nil
}

// LeaveAll takes s out of all its channels, because its connection is gone;
// that ctx has ended with it does not matter. Joins of s that are under way fail.
func (h *Hub) LeaveAll(ctx context.Context, s Subscriber) {
	if n := h.node.Load(); n != nil {
		n.report(context.WithoutCancel(ctx), n.leaveAll(s.ID())...)
	}
}

const cannotJoin = "The channel cannot be joined at the moment"

func (n *node) join(ctx context.Context, s Subscriber, d *definition, j *Join) error {
	st, err := n.seats.take(ctx, s.ID(), j.Name, true)
	if err != nil {
		return unavailable(cannotJoin, err)
	}
	defer n.seats.give(st)
	if st.sub != nil {
		return nil
	}
	ctx, release := n.live(ctx)
	defer release()
	key, err := n.admit(ctx, d, s, j)
	if err != nil {
		return err
	}
	if err := n.enter(ctx, st, s, j, key); err != nil {
		return unavailable(cannotJoin, fmt.Errorf("join %s: %w", j.Name, err))
	}
	return nil
}

// enter does what follows once the app has agreed, or nothing of it.
func (n *node) enter(ctx context.Context, st *seat, s Subscriber, j *Join, key string) error {
	bounded, cancel := context.WithTimeout(ctx, n.o.Timeout)
	defer cancel()
	room, err := n.feed.acquire(bounded, j.Name)
	if err != nil {
		return err
	}
	room.audience.add(s)
	err = n.ledger.submit(j.Name, true, s.ID(), key).wait(bounded)
	if err == nil {
		err = n.seats.sit(ctx, st, s, j, room, key)
	}
	if err != nil {
		room.audience.remove(s.ID())
		n.feed.release(room)
		n.ledger.submit(j.Name, false, s.ID(), "")
	}
	return err
}

// departure is a leave that Redis has not confirmed yet.
type departure struct {
	join   *Join
	change *change
}

// leave takes a connection out of a channel on this node. It returns nil when it
// was not in it.
func (n *node) leave(ctx context.Context, id, name string) (*departure, error) {
	st, err := n.seats.take(ctx, id, name, false)
	if err != nil || st == nil {
		return nil, err
	}
	defer n.seats.give(st)
	if st.sub == nil {
		return nil, nil
	}
	d := &departure{join: st.join}
	st.room.audience.remove(id)
	n.feed.release(st.room)
	n.seats.rise(st)
	d.change = n.ledger.submit(name, false, id, "")
	return d, nil
}

// report waits for Redis, as long as that may take, and tells the app.
func (n *node) report(ctx context.Context, all ...*departure) {
	bounded, cancel := context.WithTimeout(ctx, n.o.Timeout)
	defer cancel()
	for _, d := range all {
		if err := d.change.wait(bounded); err != nil {
			n.o.Logger.DebugContext(ctx, "channel: redis will hear of a leave later", "channel", d.join.Name, "error", err)
		}
		n.left(ctx, d.join)
	}
}

// leaveAll takes a connection out of all channels on this node.
func (n *node) leaveAll(id string) []*departure {
	var all []*departure
	for _, name := range n.seats.leaving(id) {
		// The turn of a taken seat is held for a moment only.
		if d, _ := n.leave(context.Background(), id, name); d != nil {
			all = append(all, d)
		}
	}
	return all
}
