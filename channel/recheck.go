package channel

import (
	"context"

	"github.com/keryx-go/keryx/fault"
)

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
