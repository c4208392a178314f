package channel

import (
	"context"

	"github.com/keryx-go/keryx/fault"
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

// departure is a leave that Redis has not confirmed yet.
type departure struct {
	join   *Join
	change *change
}

// Recheck asks the app again whether s may be in a channel that it is in, because
// the rights of its connection have changed. If not, s leaves, and the error is that
// of [Hub.Join]. It leaves, too, when it would be present as another member now.
//
// left reports whether s is no longer in the channel. A failure of the server, such
// as a Redis that does not answer, is an error without a leave: ask again later.
func (h *Hub) Recheck(ctx context.Context, s Subscriber, name string) (left bool, err error) {
	n := h.node.Load()
	d, j := h.defined.Load().find(name)
	if n == nil || d == nil {
		return true, notSubscribed()
	}
	st, err := n.seats.take(ctx, s.ID(), name, false)
	if err != nil {
		return false, unavailable(cannotRecheck, err)
	}
	if st == nil {
		return true, notSubscribed()
	}
	sits, was := st.sub != nil, st.key
	n.seats.give(st)
	if !sits {
		return true, notSubscribed()
	}
	ctx, release := n.live(ctx)
	defer release()
	key, err := n.admit(ctx, d, s, j)
	if f, ok := fault.As(err); ok && f.HTTPStatus() >= 500 {
		return false, err
	}
	if err == nil && key == was {
		return false, nil
	}
	if err == nil {
		err = &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: "The member has changed; subscribe again"}
	}
	departed, leaveErr := n.leave(ctx, s.ID(), name)
	if leaveErr != nil {
		return false, unavailable(cannotRecheck, leaveErr)
	}
	if departed != nil {
		n.report(ctx, departed)
	}
	return true, err
}

const cannotRecheck = "The rights in the channel cannot be checked at the moment"
