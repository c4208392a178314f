package action

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/part"
)

// Options configure a [Registry].
type Options struct {
	// Timeout is that of actions with none of their own. Zero or negative
	// means none.
	Timeout time.Duration
	// Logger gets one line per run. Nil discards them.
	Logger *slog.Logger
	// MaxParamLength cuts long parameters in the log, in characters. Zero or
	// negative means no limit.
	MaxParamLength int
	// HideParams keeps the values of parameters out of the log, which has their
	// names then.
	HideParams bool
	// Inner wraps every action inside the middleware of [Registry.Use], such as a limit
	// that is to count what Inner refuses, and outside that of groups. Nil adds nothing.
	Inner Middleware
	// HideInternals keeps the messages of errors that are not an [*fault.Error], and
	// of panics, from clients.
	HideInternals bool
	// Attach returns the context of an action that Go code calls, made of that of its
	// caller, such as one with a session. Nil means the same context.
	Attach func(context.Context) context.Context
}

// Registry holds the actions of an app. Register everything before the first
// request; running actions is safe for concurrent use.
type Registry struct {
	options    Options
	middleware []Middleware
	entries    []*Entry
	byName     map[string]*Entry
	routes     routes

	mu     sync.Mutex
	frozen bool
	ran    bool // an action has
}

// NewRegistry returns an empty registry.
func NewRegistry(o Options) *Registry {
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1}))
	}
	if o.Attach == nil {
		o.Attach = func(ctx context.Context) context.Context { return ctx }
	}
	return &Registry{options: o, byName: map[string]*Entry{}}
}

// Add registers an action without type parameters: the handler finds a pointer to a
// value of type in as its call's Input, and returns a value of type out. It panics
// as [Handle] does.
func (r *Registry) Add(a Action, in, out reflect.Type, run Handler) *Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.frozen {
		panic(fmt.Sprintf("keryx: action %q: the app has started; register it before", a.Name))
	}
	e, err := newEntry(r, a, in, out, run)
	if err != nil {
		panic(fmt.Sprintf("keryx: action %q: %v", a.Name, err))
	}
	r.byName[a.Name] = e
	r.entries = append(r.entries, e)
	return e
}

// Use adds middleware around every action, outermost first. It panics when one is nil,
// after [Registry.Freeze], and when an action has run already: that one would have run
// without it.
func (r *Registry) Use(middleware ...Middleware) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case slices.ContainsFunc(middleware, func(m Middleware) bool { return m == nil }):
		panic("keryx: Actions.Use: a middleware is nil")
	case r.frozen:
		panic("keryx: Actions.Use was called after the app has started; call it before")
	case r.ran:
		panic("keryx: Actions.Use was called after an action has run; call it before the app starts")
	}
	r.middleware = append(r.middleware, middleware...)
}

// Freeze ends registration: Handle, Add and Use panic from now on. An app calls it
// when it starts.
func (r *Registry) Freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = true
}

// run returns the middleware for an action that is about to run for the first time.
func (r *Registry) run() []Middleware {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ran = true
	return r.middleware
}

// inner returns the middleware inside of that.
func (r *Registry) inner() []Middleware {
	if r.options.Inner == nil {
		return nil
	}
	return []Middleware{r.options.Inner}
}

// middlewareNow returns the middleware around every action.
func (r *Registry) middlewareNow() []Middleware {
	r.mu.Lock()
	defer r.mu.Unlock()
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
// action. The error is always an [*fault.Error].
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

// NotFound returns the error for a name that no action has.
func NotFound(name string) *fault.Error {
	message := "Action not found"
	if name != "" {
		message += ": " + name
	}
	return &fault.Error{Type: fault.ConnectionActionNotFound, Message: message}
}

// Wait returns when no action is running, or when ctx ends, with an error that names
// the actions that still run. It is for shutdown: it polls every few milliseconds, so
// that a run costs no more than a counter.
func (r *Registry) Wait(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		names := r.running()
		if len(names) == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("actions still running: %s", strings.Join(names, ", "))
		}
	}
}

// running names the actions that run now.
func (r *Registry) running() []string {
	var names []string
	for _, e := range r.entries {
		if e.runner.running.Load() > 0 {
			names = append(names, e.Name)
		}
	}
	return names
}

// Group returns a group of the registry. Its middleware runs inside that of the
// registry, outermost first.
func (r *Registry) Group(middleware ...Middleware) *Group {
	return &Group{r, slices.Clone(middleware)}
}

var _ part.Part = (*Registry)(nil)

// Name returns "actions": the registry is a part of its app.
func (r *Registry) Name() string { return "actions" }

// DependsOn returns the parts that actions use: they stop when no action runs any
// more.
func (r *Registry) DependsOn() []string { return []string{"redis", "cache", "migrations"} }

// Start does nothing: actions run before it, too.
func (r *Registry) Start(context.Context) error { return nil }

// Stop is [Registry.Wait].
func (r *Registry) Stop(ctx context.Context) error { return r.Wait(ctx) }
