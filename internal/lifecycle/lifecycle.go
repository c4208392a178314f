// Package lifecycle starts the parts of an app in the order of their dependencies
// and stops them in reverse.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/keryx-go/keryx/part"
)

// Group starts and stops parts. Its methods may be called from any goroutine
// and take effect one after the other. The zero value is ready for use.
type Group struct {
	mu      sync.Mutex
	started []part.Part
	running bool
}

// ErrStarted is returned by [Group.Start] for a group that is running.
var ErrStarted = errors.New("already started")

// Start starts parts in the order that [Order] gives. When one fails, those
// that had started are stopped in reverse, and the error, an [*Error], names the
// part.
func (g *Group) Start(ctx context.Context, parts []part.Part) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running {
		return ErrStarted
	}
	ordered, err := Order(parts)
	if err != nil {
		return err
	}
	for _, p := range ordered {
		err := ctx.Err()
		if err == nil {
			err = recovered(ctx, p.Start)
		}
		if err != nil {
			return &Error{Part: p.Name(), Err: err, Stop: g.stop(context.WithoutCancel(ctx))}
		}
		g.started = append(g.started, p)
	}
	g.running = true
	return nil
}

// Stop stops the parts that run, the last one first. When one fails, or has not
// stopped by the end of ctx, the others are stopped all the same; the error names
// each. Stopping a group that is not running does nothing.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stop(ctx)
}

func (g *Group) stop(ctx context.Context) error {
	var errs []error
	for i := len(g.started) - 1; i >= 0; i-- {
		p := g.started[i]
		if err := bounded(ctx, p.Stop); err != nil {
			errs = append(errs, fmt.Errorf("cannot stop %s: %w", p.Name(), err))
		}
	}
	g.started, g.running = nil, false
	return errors.Join(errs...)
}

// Error is the failure of a part to start.
type Error struct {
	// Part is the name of the part.
	Part string
	// Err is what its Start returned.
	Err error
	// Stop is the error of stopping the parts that had started, or nil.
	Stop error
}

func (e *Error) Error() string {
	text := "cannot start " + e.Part + ": " + e.Err.Error()
	if e.Stop != nil {
		text += "; " + e.Stop.Error()
	}
	return text
}

// Unwrap returns both errors.
func (e *Error) Unwrap() []error { return []error{e.Err, e.Stop} }

// recovered calls f and returns a panic as an error.
func recovered(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f(ctx)
}

// stopGrace is how long a part has to return once the context of its Stop has
// ended.
const stopGrace = 100 * time.Millisecond

// bounded calls f and returns without it when it has not returned by stopGrace
// after the end of ctx. It calls f with a context that has ended, too: a part that
// stops at once still does.
func bounded(ctx context.Context, f func(context.Context) error) error {
	done := make(chan error, 1)
	go func() { done <- recovered(ctx, f) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(stopGrace):
		return fmt.Errorf("it has not returned: %w", context.Cause(ctx))
	}
}
