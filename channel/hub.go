package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/redis"
)

// DefaultTimeout is the default of [Options.Timeout].
const DefaultTimeout = 5 * time.Second

// Options configure a [Hub].
type Options struct {
	// Redis carries the messages and keeps the members. Required.
	Redis *redis.Connections
	// PresenceTTL is how long the members of a node that died stay present.
	// Zero: the default of PRESENCE_TTL.
	PresenceTTL time.Duration
	// Heartbeat is how often a node says that its members are still there,
	// less than PresenceTTL. Zero: the default of PRESENCE_HEARTBEAT_INTERVAL.
	Heartbeat time.Duration
	// Timeout bounds what a join, a leave or a broadcast waits for Redis.
	// Zero: [DefaultTimeout].
	Timeout time.Duration
	// HideInternals keeps the messages of errors that are not an *fault.Error
	// from clients.
	HideInternals bool
	// Logger gets what goes wrong. Nil discards it.
	Logger *slog.Logger
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	s := Settings{PresenceTTL: o.PresenceTTL, HeartbeatInterval: o.Heartbeat}
	config.Complete(&s)
	o.PresenceTTL, o.Heartbeat = s.PresenceTTL, s.HeartbeatInterval
	if o.Heartbeat >= o.PresenceTTL {
		o.Heartbeat = o.PresenceTTL / 3
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Hub is the channels of an app and, between [Hub.Start] and [Hub.Stop], a node
// that connections can join. Its methods are safe for concurrent use.
type Hub struct {
	o       Options
	defined atomic.Pointer[registry]
	onGap   atomic.Pointer[[]func(Gap)]
	node    atomic.Pointer[node]
	moves   moves // of the client for commands
	frozen  atomic.Bool

	changing sync.Mutex // held by Start and Stop
}

// NewHub returns a hub without channels.
func NewHub(o Options) *Hub {
	h := &Hub{o: o.withDefaults()}
	h.defined.Store(&registry{})
	return h
}

// Handle defines a channel. It panics, naming it, when the name cannot be that
// of a channel, when some name would fit two definitions with placeholders, and
// after [Hub.Freeze].
func (h *Hub) Handle(c Channel) {
	if h.frozen.Load() {
		panic(fmt.Sprintf("keryx: channel %q: the app has started; define it before", c.Name))
	}
	for {
		old := h.defined.Load()
		if h.defined.CompareAndSwap(old, old.with(c)) {
			return
		}
	}
}

// Freeze ends the definition of channels: Handle panics from now on. An app calls
// it when it starts.
func (h *Hub) Freeze() { h.frozen.Store(true) }

// All returns the channels in the order of their definition.
func (h *Hub) All() []Channel { return h.defined.Load().all() }

// OnGap adds a function to call when this node may have missed messages. After a
// lost connection it is called as soon as the next one is up, before any message
// that comes after the gap is delivered; those wait, so it has to return soon. A
// gap that shows while the connection is up, because other nodes were elsewhere,
// is reported some seconds later, while messages are delivered. Two gaps are never
// reported at a time, and they may overlap. [Hub.Notify] tells this node's subscribers.
func (h *Hub) OnGap(f func(Gap)) {
	for {
		old := h.onGap.Load()
		var all []func(Gap)
		if old != nil {
			all = append(all, *old...)
		}
		all = append(all, f)
		if h.onGap.CompareAndSwap(old, &all) {
			return
		}
	}
}

// Start connects this node with the others. It returns when Redis has
// confirmed the connection, or with an error when that does not happen before
// ctx ends. Starting a hub that runs does nothing.
func (h *Hub) Start(ctx context.Context) error {
	h.changing.Lock()
	defer h.changing.Unlock()
	if h.node.Load() != nil {
		return nil
	}
	if h.o.Redis == nil || h.o.Redis.Client == nil || h.o.Redis.Subscription == nil {
		return redis.ErrNotConnected
	}
	n := newNode(h)
	if err := n.start(ctx); err != nil {
		return errors.Join(err, n.stop(ctx))
	}
	h.node.Store(n)
	return nil
}

// Stop takes all members on this node out of their channels, tells the other
// nodes, and ends what Start began. When ctx ends before Redis has heard of it,
// it returns an error, and the members vanish from the other nodes with
// Options.PresenceTTL. Stopping a hub that does not run does nothing.
func (h *Hub) Stop(ctx context.Context) error {
	h.changing.Lock()
	defer h.changing.Unlock()
	if n := h.node.Swap(nil); n != nil {
		return n.stop(ctx)
	}
	return nil
}

// Provider is a [part.Part] that defines channels.
type Provider interface {
	part.Part
	// Channels returns the channels of the part.
	Channels() []Channel
}

var _ part.Server = (*Hub)(nil)

// Name returns "channels": the hub is a part of its app.
func (h *Hub) Name() string { return "channels" }

// DependsOn returns the name of the hub's Redis.
func (h *Hub) DependsOn() []string { return []string{h.o.Redis.Name()} }

// Serves returns true: a command needs no channels.
func (h *Hub) Serves() bool { return true }
