// Package lifecycle starts the parts of a program in the order of their
// dependencies and stops them in reverse.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Step is one part of a program.
type Step struct {
	// Name identifies the step. Required.
	Name string
	// DependsOn names the steps that must have started before this one.
	DependsOn []string
	// Start brings the part up. It must return when its context ends. Nil does
	// nothing.
	Start func(context.Context) error
	// Stop takes the part down. It is called once for each Start that
	// succeeded. Nil does nothing.
	Stop func(context.Context) error
}

// Group starts and stops steps. Its methods may be called from any goroutine
// and take effect one after the other.
type Group struct {
	mu      sync.Mutex
	started []Step
	running bool
}

// ErrStarted is returned by [Group.Start] for a group that runs already.
var ErrStarted = errors.New("already started")

// Start starts steps in the order that [Order] gives. When one fails, those
// that had started are stopped in reverse, and the error names the step.
func (g *Group) Start(ctx context.Context, steps []Step) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running {
		return ErrStarted
	}
	ordered, err := Order(steps)
	if err != nil {
		return err
	}
	for _, s := range ordered {
		err := ctx.Err()
		if err == nil {
			err = call(ctx, s.Start)
		}
		if err != nil {
			return &Error{Step: s.Name, Err: err, Stop: g.stop(context.WithoutCancel(ctx))}
		}
		g.started = append(g.started, s)
	}
	g.running = true
	return nil
}

// Stop stops what runs, last first. A step that fails, or that has not
// stopped when ctx ends, does not keep the others from being stopped; the
// error names each. Stopping a group that does not run does nothing.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stop(ctx)
}

func (g *Group) stop(ctx context.Context) error {
	var errs []error
	for i := len(g.started) - 1; i >= 0; i-- {
		s := g.started[i]
		if err := bounded(ctx, s.Stop); err != nil {
			errs = append(errs, fmt.Errorf("cannot stop %s: %w", s.Name, err))
		}
	}
	g.started, g.running = nil, false
	return errors.Join(errs...)
}

// Error is the failure of one step to start.
type Error struct {
	// Step is its name, Err what it returned.
	Step string
	Err  error
	// Stop is what went wrong in stopping the steps that had started, or nil.
	Stop error
}

func (e *Error) Error() string {
	text := "cannot start " + e.Step + ": " + e.Err.Error()
	if e.Stop != nil {
		text += "; " + e.Stop.Error()
	}
	return text
}

// Unwrap returns both errors.
func (e *Error) Unwrap() []error { return []error{e.Err, e.Stop} }

// call runs f and makes an error of a panic.
func call(ctx context.Context, f func(context.Context) error) (err error) {
	if f == nil {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f(ctx)
}

// bounded runs f and leaves it behind when ctx ends before it. Even with a
// context that has ended, f is called and has its chance to be quick.
func bounded(ctx context.Context, f func(context.Context) error) error {
	if f == nil {
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- call(ctx, f) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-grace():
		return fmt.Errorf("it has not returned: %w", context.Cause(ctx))
	}
}
