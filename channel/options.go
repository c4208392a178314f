package channel

import (
	"log/slog"
	"time"

	"github.com/keryx-go/keryx/config"
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
