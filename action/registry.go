package action

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Options configure a [Registry].
type Options struct {
	// Timeout is that of actions with none of their own. Zero or negative
	// means none.
	Timeout time.Duration
	// Logger gets one line per run. Nil discards them.
	Logger *slog.Logger
	// MaxParamLength cuts long parameters in the log, in characters. Zero or
	// negative means 100.
	MaxParamLength int
	// HideInternals keeps the messages of errors that are not an [*Error], and
	// of panics, from clients.
	HideInternals bool
}

// Registry holds the actions of an app. Register everything before the first
// request; running actions is safe for concurrent use.
type Registry struct {
	options    Options
	middleware []Middleware
	entries    []*Entry
	byName     map[string]*Entry
	routes     routes

	mu      sync.Mutex
	started bool
}

// NewRegistry returns an empty registry.
func NewRegistry(o Options) *Registry {
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1}))
	}
	if o.MaxParamLength <= 0 {
		o.MaxParamLength = 100
	}
	return &Registry{options: o, byName: map[string]*Entry{}}
}

// Handle registers an action with its function. In must be a struct; its tags
// are the rules for its parameters. It panics, naming the action, when the
// action cannot work: no name, a name or route that another action has, a tag
// that cannot be read, a route parameter that is no input, an Only that names a
// transport which cannot reach it.
func Handle[In, Out any](r *Registry, a Action, run func(context.Context, In) (Out, error)) {
	r.Add(a, reflect.TypeFor[In](), func(ctx context.Context, call *Call) (any, error) {
		return run(ctx, *call.Input.(*In))
	})
}

// Add registers an action without type parameters: the handler finds a
// pointer to a value of type in as its call's Input. It panics as [Handle]
// does.
func (r *Registry) Add(a Action, in reflect.Type, run Handler) *Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, err := newEntry(r, a, in, run)
	if err != nil {
		panic(fmt.Sprintf("keryx: action %q: %v", a.Name, err))
	}
	r.byName[a.Name] = e
	r.entries = append(r.entries, e)
	return e
}

// Use adds middleware around every action, outermost first. It panics when
// an action has run already, because that one would have run without it.
func (r *Registry) Use(middleware ...Middleware) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started {
		panic("keryx: Actions.Use was called after an action has run; call it before the app starts")
	}
	r.middleware = append(r.middleware, middleware...)
}

// start closes the list of middleware and returns it.
func (r *Registry) start() []Middleware {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = true
	return r.middleware
}

// All returns the actions in the order of their registration.
func (r *Registry) All() []*Entry { return slices.Clone(r.entries) }

// Find returns the action of that name, or nil.
func (r *Registry) Find(name string) *Entry { return r.byName[name] }

// Act runs an action by name and returns its result. params is nil, a map
// with string keys such as [Params], or a struct with json tags such as the
// action's own input; the values are plain Go values (see [input.Values]). The
// context carries the caller's connection and open transaction on to the
// action. The error is always an [*Error].
func (r *Registry) Act(ctx context.Context, name string, params any) (any, error) {
	e := r.Find(name)
	if e == nil {
		return nil, NotFound(name)
	}
	result, failure := e.act(ctx, params)
	if failure != nil {
		return nil, failure
	}
	return result, nil
}
