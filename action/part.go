package action

import (
	"github.com/keryx-go/keryx/part"
)

// Provider is a [part.Part] that registers actions.
type Provider interface {
	part.Part
	// Actions registers the actions of the part.
	Actions(r *Registry)
}

// Wrapper is a [part.Part] that wraps every action of its app.
type Wrapper interface {
	part.Part
	// Middleware returns what goes around every action, outermost first, within the
	// middleware of parts that were added before.
	Middleware() []Middleware
}
