// Package lifecycle starts the parts of an app in the order of their dependencies
// and stops them in reverse.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/keryx-go/keryx/part"
)

// Group starts and stops parts. Its methods may be called from any goroutine
// and take effect one after the other. The zero value is ready for use; its fields are
// set before the first call.
type Group struct {
	// Logger is told which part takes long to start or to stop. Nil discards that.
	Logger *slog.Logger
	// Timeout bounds how long Start goes on after its context has ended: half of it for
	// the part that starts, and the rest for stopping the others. Zero waits no longer
	// than a moment for the part, and forever for the others.
	Timeout time.Duration

	mu      sync.Mutex
	started []part.Part
	running bool
}

// ErrStarted is returned by [Group.Start] for a group that is running.
var ErrStarted = errors.New("already started")

// Start starts parts in the order that [Order] gives. When one fails, those
// that had started are stopped in reverse, and the error, an [*Error], names the
// part. When ctx ends and a part does not heed it, Start returns without it; if the
// part starts nevertheless, it is stopped.
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
			err = g.start(ctx, p)
		}
		if err != nil {
			return g.failed(ctx, p, err)
		}
		g.started = append(g.started, p)
	}
	g.running = true
	return nil
}

// start starts a part.
func (g *Group) start(ctx context.Context, p part.Part) error {
	w := g.begin(ctx, "starting", p, p.Start)
	err := w.wait(max(g.Timeout/2, stopGrace))
	if errors.Is(err, errNotReturned) {
		go func() {
			if <-w.done == nil {
				_ = recovered(context.WithoutCancel(ctx), p.Stop)
			}
		}()
	}
	return err
}

// failed stops what had started, and returns the error of the part that has not.
func (g *Group) failed(ctx context.Context, p part.Part, err error) error {
	e := &Error{Part: p.Name(), Err: err}
	if errors.Is(ctx.Err(), context.Canceled) {
		e.Cause = context.Cause(ctx)
	}
	stopping := context.WithoutCancel(ctx)
	if g.Timeout > 0 {
		var cancel context.CancelFunc
		stopping, cancel = context.WithTimeout(stopping, g.Timeout/2)
		defer cancel()
	}
	e.Stop = g.stop(stopping)
	return e
}

// Stop stops the parts that run, the last one first. When one fails, or has not
// stopped by the end of ctx, the others are stopped all the same, with a moment of
// time; the error names each that has failed, and those that had no time left.
// Stopping a group that is not running does nothing.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stop(ctx)
}

func (g *Group) stop(ctx context.Context) error {
	var errs []error
	var late []string
	for i := len(g.started) - 1; i >= 0; i-- {
		p := g.started[i]
		err, hurried := g.stopPart(ctx, p)
		switch {
		case err == nil:
		case hurried:
			late = append(late, p.Name())
		default:
			errs = append(errs, fmt.Errorf("cannot stop %s: %w", p.Name(), err))
		}
	}
	if late != nil {
		errs = append(errs, fmt.Errorf("no time was left to stop %s", strings.Join(late, ", ")))
	}
	g.started, g.running = nil, false
	return errors.Join(errs...)
}

// stopPart stops a part. A part whose turn comes after the end of ctx has stopGrace; its
// error is hurried when it says that this was too short.
func (g *Group) stopPart(ctx context.Context, p part.Part) (err error, hurried bool) {
	own := ctx
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		own, cancel = context.WithTimeoutCause(context.WithoutCancel(ctx), stopGrace, errHurried)
		defer cancel()
	}
	err = g.begin(own, "stopping", p, p.Stop).wait(stopGrace)
	tooShort := errors.Is(err, errHurried) || errors.Is(err, context.DeadlineExceeded)
	return err, own != ctx && tooShort
}

var errHurried = errors.New("no time was left")

// begin calls a method of a part in a goroutine of its own.
func (g *Group) begin(ctx context.Context, doing string, p part.Part, f func(context.Context) error) *work {
	w := &work{ctx: ctx, done: make(chan error, 1), doing: doing, part: p.Name(), logger: g.Logger}
	if w.logger == nil {
		w.logger = slog.New(slog.DiscardHandler)
	}
	go func() {
		err := errors.New("it called runtime.Goexit")
		defer func() { w.done <- err }()
		err = recovered(ctx, f)
	}()
	return w
}

// Error is the failure of a part to start.
type Error struct {
	// Part is the name of the part.
	Part string
	// Err is what its Start returned.
	Err error
	// Cause is why the context of Start was cancelled, such as a signal, or nil when it
	// was not. Then Err is of no interest.
	Cause error
	// Stop is the error of stopping the parts that had started, or nil.
	Stop error
}

func (e *Error) Error() string {
	text := "cannot start " + e.Part + ": " + e.Err.Error()
	if e.Cause != nil {
		text = e.Cause.Error() + " while starting " + e.Part
		if errors.Is(e.Err, errNotReturned) {
			text += ", which has not returned"
		}
	}
	if e.Stop != nil {
		text += "; " + e.Stop.Error()
	}
	return text
}

// Unwrap returns the errors.
func (e *Error) Unwrap() []error { return []error{e.Err, e.Cause, e.Stop} }

// recovered calls f and returns a panic as an error.
func recovered(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f(ctx)
}
