package channel

import "github.com/keryx-go/keryx/part"

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
