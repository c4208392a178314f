package action

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keryx-go/keryx/internal/overdue"
)

// FuzzRunContext applies a schedule of operations to a run's context and to the
// standard library's context of the same parent, and compares what can be observed
// of both after each operation.
//
// One difference is meant: a run notices within 2*grace that its caller is gone,
// or when its Err is called. So before it compares, a step does the one or the other.
func FuzzRunContext(f *testing.F) {
	for _, schedule := range []string{
		"",
		"\x01\x00\x05\x00",                 // the caller is cancelled
		"\x01\x05\x06\x0a\x07\x00",         // a deadline passes
		"\x02\x05\x06\x01\x06\x0a",         // the caller has a deadline, too
		"\x01\x00\x03\x00\x03\x00\x04\x00", // AfterFunc and stop
		"\x01\x01\x00\x00\x01\x01\x02\x02\x03\x03\x85\x00\x07\x00",
		"\x01\x14\x07\x00\x05\x00",             // the caller is cancelled after the run
		"\x01\x01\x05\x80\x06\x01",             // and before it, with a short timeout
		"\x05\x05\x00\x00\x03\x00\x07\x01\x06", // a run within a run
		"\x04\x00\x00\x00\x03\x00",             // the caller is gone before the run begins
		"\x03\x09\x00\x00\x83\x01\x85\x00\x84\x00",
	} {
		f.Add([]byte(schedule))
	}
	f.Fuzz(func(t *testing.T, schedule []byte) {
		if len(schedule) > 64 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			c := newContextPair(t, schedule)
			c.play()
			c.finish()
		})
	})
}

// contextPair is a tree of contexts under a run and an equal one under the
// standard library's context.
type contextPair struct {
	t        *testing.T
	schedule []byte
	step     int

	cancelCaller context.CancelCauseFunc
	nodes        []contextNode // the run first
	ends         []func()      // of runs, the outer one last
	timed        bool          // a child has a deadline of its own
	hooks        []hookPair
	runs         []runPair
}

// runPair is a run's standard context and whether the run has reported its end.
type runPair struct {
	std   context.Context
	ended *atomic.Bool
}

// contextNode is a place in the tree: the same operations made both contexts.
type contextNode struct {
	ours, std context.Context
	cancel    func()
}

// hookPair is a function that was passed to AfterFunc of both.
type hookPair struct {
	ours, std         *atomic.Int32 // how often each was called
	stopOurs, stopStd func() bool
}

var (
	errCaller  = errors.New("the caller is gone")
	errTooLate = errors.New("the caller's deadline")
	errRun     = errors.New("the action's deadline")
	errChild   = errors.New("a child's deadline")
)

type contextKey struct{}

// foreignContext is no type of package context, and has no AfterFunc.
type foreignContext struct{ context.Context }

// unit is the step of the clock. No two deadlines of a tree with different causes
// are at the same time: they are fractions of a unit apart.
const unit = 4 * time.Millisecond

func (c *contextPair) next() byte {
	if c.step >= len(c.schedule) {
		return 0
	}
	c.step++
	return c.schedule[c.step-1]
}

// after returns the time of n units and a fraction; 0 is none.
func after(n byte, quarters time.Duration) time.Duration {
	if n == 0 {
		return 0
	}
	return time.Duration(n%32)*unit + quarters*unit/4
}

// newContextPair reads the caller and the timeout from the schedule.
func newContextPair(t *testing.T, schedule []byte) *contextPair {
	c := &contextPair{t: t, schedule: schedule}
	kind := c.next()
	caller := context.WithValue(context.Background(), contextKey{}, "the caller's")
	caller, c.cancelCaller = context.WithCancelCause(caller)
	switch kind % 6 {
	case 2:
		var cancel func()
		caller, cancel = context.WithTimeoutCause(caller, after(c.next()|1, 1), errTooLate)
		t.Cleanup(cancel)
	case 3:
		caller = foreignContext{caller}
	case 4:
		c.cancelCaller(errCaller)
	}
	pending := overdue.NewList(grace)
	ours, std := caller, caller
	if kind%6 == 5 {
		ours, std = c.run(ours, std, pending, after(c.next(), 3))
	}
	ours, std = c.run(ours, std, pending, after(c.next(), 2))
	c.nodes = []contextNode{{ours, std, func() { c.ends[0]() }}}
	return c
}

// run begins a run, and its equivalent with the standard library.
func (c *contextPair) run(ours, std context.Context, pending *overdue.List, timeout time.Duration) (context.Context, context.Context) {
	var cancel func()
	if timeout > 0 {
		std, cancel = context.WithTimeoutCause(std, timeout, errRun)
	} else {
		std, cancel = context.WithCancel(std)
	}
	ended := new(atomic.Bool)
	r := newRunContext(ours, pending, time.Now(), timeout, errRun, func(context.Context) { ended.Store(true) })
	c.runs = append(c.runs, runPair{std, ended})
	c.ends = append([]func(){func() { r.end(); cancel() }}, c.ends...)
	return r, std
}

func (c *contextPair) play() {
	c.compare(false)
	for c.step < len(c.schedule) {
		op := c.next()
		c.apply(op, c.next())
		c.compare(op >= 0x80)
	}
}

// apply does one operation to both trees.
func (c *contextPair) apply(op, argument byte) {
	n := c.nodes[int(argument)%len(c.nodes)]
	switch op & 0x7f % 9 {
	case 0:
		ours, cancelOurs := context.WithCancel(n.ours)
		std, cancelStd := context.WithCancel(n.std)
		c.nodes = append(c.nodes, contextNode{ours, std, func() { cancelOurs(); cancelStd() }})
	case 1:
		ours, cancelOurs := context.WithTimeoutCause(n.ours, after(argument|1, 0)+unit/8, errChild)
		std, cancelStd := context.WithTimeoutCause(n.std, after(argument|1, 0)+unit/8, errChild)
		c.nodes, c.timed = append(c.nodes, contextNode{ours, std, func() { cancelOurs(); cancelStd() }}), true
	case 2:
		c.nodes = append(c.nodes, contextNode{
			context.WithValue(n.ours, contextKey{}, argument), context.WithValue(n.std, contextKey{}, argument), func() {},
		})
	case 3:
		h := hookPair{ours: new(atomic.Int32), std: new(atomic.Int32)}
		h.stopOurs = context.AfterFunc(n.ours, func() { h.ours.Add(1) })
		h.stopStd = context.AfterFunc(n.std, func() { h.std.Add(1) })
		c.hooks = append(c.hooks, h)
	case 4:
		if len(c.hooks) > 0 {
			h := c.hooks[int(argument)%len(c.hooks)]
			if ours, std := h.stopOurs(), h.stopStd(); ours != std {
				c.t.Fatalf("step %d: stop returns %t, want %t", c.step, ours, std)
			}
		}
	case 5:
		c.cancelCaller(errCaller)
	case 6:
		c.sleep(after(argument, 0))
	case 7:
		c.ends[int(argument)%len(c.ends)]()
	case 8:
		n.cancel()
	}
}

// sleep lets time pass. Where a child has a deadline it must not pass before the run
// has noticed that its caller is gone, so the run is asked at each step of the clock.
func (c *contextPair) sleep(d time.Duration) {
	if !c.timed {
		time.Sleep(d)
		return
	}
	for ; d > 0; d -= unit / 8 {
		_ = c.nodes[0].ours.Err()
		synctest.Wait()
		time.Sleep(unit / 8)
	}
}

// compare compares all that can be observed. Before that, the run notices the end
// of its caller: in time, or because its Err is called.
func (c *contextPair) compare(inTime bool) {
	c.t.Helper()
	if inTime {
		c.sleep((2*grace + unit).Truncate(unit))
	} else {
		_ = c.nodes[0].ours.Err()
	}
	synctest.Wait()
	for i, n := range c.nodes {
		ours, std := observe(n.ours), observe(n.std)
		if ours != std {
			c.t.Fatalf("step %d of %q, context %d:\n got %+v\nwant %+v", c.step, c.schedule, i, ours, std)
		}
	}
	for i, h := range c.hooks {
		if ours, std := h.ours.Load(), h.std.Load(); ours != std {
			c.t.Fatalf("step %d of %q: function %d was called %d times, want %d", c.step, c.schedule, i, ours, std)
		}
	}
	for _, r := range c.runs {
		if r.ended.Load() && r.std.Err() == nil {
			c.t.Fatalf("step %d of %q: a run has ended too early", c.step, c.schedule)
		}
	}
}

// finish ends everything, so that no goroutine is left in the bubble.
func (c *contextPair) finish() {
	for _, n := range c.nodes {
		n.cancel()
	}
	for _, end := range c.ends {
		end()
	}
	c.compare(false)
	c.cancelCaller(errCaller)
	c.compare(true)
}

// observation is what a context shows.
type observation struct {
	done, limited bool
	deadline      time.Time
	err, cause    error
	value         any
}

func observe(ctx context.Context) observation {
	o := observation{err: ctx.Err(), cause: context.Cause(ctx), value: ctx.Value(contextKey{})}
	o.deadline, o.limited = ctx.Deadline()
	select {
	case <-ctx.Done():
		o.done = true
	default:
	}
	return o
}
