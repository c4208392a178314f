package channel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"unicode/utf8"

	"github.com/keryx-go/keryx/fault"
)

// node is a hub that runs: one participant among the nodes of an app.
type node struct {
	hub     *Hub
	o       Options
	keys    keyspace
	feed    *feed
	prover  *prover
	ledger  *ledger
	archive archive
	catcher *catcher
	seats   seats

	ctx    context.Context // ends with the node, and joins with it
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup
}

// newNode returns a node that start has still to run. Each has an id of its own.
func newNode(h *Hub, keys keyspace) *node {
	n := &node{hub: h, o: h.o, keys: keys}
	n.ctx, n.cancel = context.WithCancelCause(context.Background())
	n.seats.byID = map[string]map[string]*seat{}
	id := rand.Text()
	n.feed = newFeed(h.o, n.keys, id, n.connected, n.gap)
	n.ledger = newLedger(newBook(h.o, n.keys, id, n.feed.presence))
	n.prover = newProver(h.o, n.keys, n.feed, &h.publisher.moves)
	n.feed.onNew = n.prover.greet
	n.archive = archive{h.o.Redis.Client, n.keys}
	n.catcher = &catcher{ctx: n.ctx, archive: n.archive, timeout: h.o.Timeout, tell: n.feed.tell, log: h.o.Logger, wg: &n.wg}
	n.feed.onHole = n.catcher.catch
	return n
}

// start runs until stop.
func (n *node) start(ctx context.Context) error {
	n.wg.Go(func() { n.feed.run(n.ctx) })
	n.wg.Go(func() { n.prover.run(n.ctx) })
	n.wg.Go(func() { n.ledger.run(n.ctx) })
	if err := n.feed.started(ctx); err != nil {
		return fmt.Errorf("channels: cannot subscribe in redis: %w", err)
	}
	return nil
}

// stop takes all members out and ends the node.
func (n *node) stop(ctx context.Context) error {
	var all []*departure
	for _, id := range n.seats.close() {
		all = append(all, n.leaveAll(id)...)
	}
	n.cancel(errStopped)
	err := n.ended(ctx)
	if err == nil {
		err = n.ledger.retire(ctx)
	}
	for _, d := range all {
		n.left(ctx, d.join)
	}
	return err
}

// ended waits until the goroutines of the node are. One that waits for a Redis
// which does not answer takes its timeout to notice.
func (n *node) ended(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.wg.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("channels: still waiting for redis: %w", context.Cause(ctx))
	}
}

// live returns a context that also ends with the node.
func (n *node) live(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(n.ctx, func() { cancel(context.Cause(n.ctx)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// connected is called when a connection to Redis is up.
func (n *node) connected() {
	n.prover.proveNow()
	n.ledger.beatNow()
}

// gap tells the app that messages may be missing.
func (n *node) gap(g Gap) {
	n.o.Logger.Warn("channel: messages may have been missed", "channels", len(g.Channels), "since", g.Since, "until", g.Until)
	hooks := n.hub.onGap.Load()
	if hooks == nil {
		return
	}
	for _, hook := range *hooks {
		_ = n.guard(n.ctx, "", func() error {
			hook(g)
			return nil
		})
	}
}

// maxPresenceKey bounds what all members of a channel are sent, in bytes.
const maxPresenceKey = 512

func allowAll(context.Context, *Join) error { return nil }

// admit asks the app whether s may join, and as whom. Its error can be sent.
func (n *node) admit(ctx context.Context, d *definition, s Subscriber, j *Join) (key string, err error) {
	err = n.guard(ctx, j.Name, func() (err error) {
		if err = d.decide(ctx, j); err == nil && d.PresenceKey != nil {
			key, err = d.PresenceKey(ctx, j)
		}
		return refusal(err, n.o.HideInternals) // the app's error may panic, too
	})
	if err != nil {
		return "", err
	}
	if key == "" {
		key = s.ID()
	}
	if len(key) > maxPresenceKey || !utf8.ValidString(key) {
		return "", unavailable("This channel cannot be joined",
			fmt.Errorf("channel %s: the presence key is not UTF-8 or has more than %d bytes", d.Name, maxPresenceKey))
	}
	return key, nil
}

// left calls the app's Left for a subscriber that has left.
func (n *node) left(ctx context.Context, j *Join) {
	if j.Channel.Left == nil {
		return
	}
	_ = n.guard(ctx, j.Name, func() error {
		j.Channel.Left(ctx, j)
		return nil
	})
}

// guard runs a function of the app, whose panic must not end the process.
func (n *node) guard(ctx context.Context, name string, run func() error) (err error) {
	finished := false
	defer func() {
		if finished {
			return
		}
		cause := errors.New("the goroutine was ended by runtime.Goexit")
		if r := recover(); r != nil {
			cause = fmt.Errorf("panic: %v", r)
		}
		n.o.Logger.ErrorContext(ctx, "channel: a function of the app panicked",
			"channel", name, "error", cause, "stack", string(debug.Stack()))
		err = &fault.Error{Type: fault.ConnectionServerError, Message: "Internal server error", Err: cause}
	}()
	err = run()
	finished = true
	return err
}

// join is [Hub.Join], with a nil rejoin, and [Hub.JoinAfter].
func (n *node) join(ctx context.Context, s Subscriber, d *definition, j *Join, rejoin *Rejoin) (*Joined, error) {
	st, err := n.seats.take(ctx, s.ID(), j.Name, true)
	if err != nil {
		return nil, unavailable(cannotJoin, err)
	}
	defer n.seats.give(st)
	if st.sub != nil {
		return &Joined{Already: true}, nil
	}
	ctx, release := n.live(ctx)
	defer release()
	key, err := n.admit(ctx, d, s, j)
	if err != nil {
		return nil, err
	}
	joined, err := n.enter(ctx, st, s, j, key, rejoin)
	if err != nil {
		return nil, unavailable(cannotJoin, fmt.Errorf("join %s: %w", j.Name, err))
	}
	return joined, nil
}

// enter does what follows once the app has agreed, or nothing of it.
func (n *node) enter(ctx context.Context, st *seat, s Subscriber, j *Join, key string, rejoin *Rejoin) (*Joined, error) {
	bounded, cancel := context.WithTimeout(ctx, n.o.Timeout)
	defer cancel()
	room, err := n.feed.acquire(bounded, j.Name, j.Channel.History)
	if err != nil {
		return nil, err
	}
	joined, err := attach(bounded, n.archive, room, s, rejoin)
	if err == nil {
		change := n.ledger.submit(j.Name, true, s.ID(), key)
		err = joined.recover(bounded, n.archive, room, rejoin)
		err = errors.Join(err, change.wait(bounded))
	}
	if err == nil {
		err = n.seats.sit(ctx, st, s, j, room, key)
	}
	if err != nil {
		room.audience.remove(s.ID())
		n.feed.release(room)
		n.ledger.submit(j.Name, false, s.ID(), "")
	}
	return joined, err
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

// recheck is [Hub.Recheck].
func (n *node) recheck(ctx context.Context, s Subscriber, d *definition, j *Join) (left bool, err error) {
	st, err := n.seats.take(ctx, s.ID(), j.Name, false)
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
	departed, leaveErr := n.leave(ctx, s.ID(), j.Name)
	if leaveErr != nil {
		return false, unavailable(cannotRecheck, leaveErr)
	}
	if departed != nil {
		n.report(ctx, departed)
	}
	return true, err
}
