package action

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
	"github.com/keryx-go/keryx/internal/overdue"
)

// Entry is a registered action, ready to run.
type Entry struct {
	Action

	registry *Registry
	plan     *input.Plan
	out      reflect.Type // of the result
	reach    []string     // the transports that reach it
	run      Handler
	chain    func() Handler
	timeout  time.Duration
	expired  *fault.Error
	running  atomic.Int64
	pending  *overdue.List // the runs that have begun just now
}

// Handle registers an action with its function, and returns a reference to call it.
// In must be a struct; its tags are the rules for its parameters.
//
// It panics, naming the action, when the action cannot work: no name, a name or route
// that another action has, a tag that cannot be read, a route parameter that is no
// input, an Only that names a transport which cannot reach it. It panics after
// [Registry.Freeze], too.
func Handle[In, Out any](r Registrar, a Action, run func(context.Context, In) (Out, error)) *Ref[In, Out] {
	return &Ref[In, Out]{r.Group().Add(a, reflect.TypeFor[In](), reflect.TypeFor[Out](), func(ctx context.Context, call *Call) (any, error) {
		return run(ctx, *call.Input.(*In))
	})}
}

func newEntry(r *Registry, a Action, in, out reflect.Type, run Handler) (*Entry, error) {
	if a.Name == "" {
		return nil, errors.New("it has no name")
	}
	if other := r.byName[a.Name]; other != nil {
		return nil, fmt.Errorf("another action has the same name (routes: %q and %q)", other.Web, a.Web)
	}
	reach, err := reachOf(a)
	if err != nil {
		return nil, err
	}
	a.Only = slices.Clone(a.Only)
	plan, err := input.Compile(in)
	if err != nil {
		return nil, err
	}
	e := &Entry{Action: a, registry: r, plan: plan, out: out, reach: reach, run: run, timeout: a.Timeout, pending: overdue.NewList(grace)}
	if e.timeout == 0 {
		e.timeout = r.options.Timeout
	}
	e.expired = &fault.Error{
		Type:    fault.ConnectionActionTimeout,
		Message: fmt.Sprintf("Action '%s' timed out after %dms", a.Name, e.timeout.Milliseconds()),
		Err:     context.DeadlineExceeded,
	}
	e.chain = sync.OnceValue(e.compose)
	return e, r.routes.add(e, plan.Fields())
}

// compose wraps the function in the middleware, on the first run.
func (e *Entry) compose() Handler {
	h := e.run
	for _, list := range [][]Middleware{e.Middleware, e.registry.run()} {
		for i := len(list) - 1; i >= 0; i-- {
			h = list[i](h)
		}
	}
	return h
}

// Inputs describes the parameters of the action in the order of its input.
func (e *Entry) Inputs() []Input { return e.plan.Fields() }

// InputSchema returns the JSON Schema (draft 2020-12) of the action's parameters as
// one JSON object. It is made of the plan that binds them: see [input.Plan.Schema].
// What a Check method refuses is not in it. The caller may change the schema.
func (e *Entry) InputSchema() *schema.Schema { return e.plan.Schema() }

// OutputSchema returns the JSON Schema (draft 2020-12) of the action's result: see
// [schema.Of]. A result that is a [Stream], an [http.Handler] or an interface may be
// anything. The caller may change the schema.
func (e *Entry) OutputSchema() *schema.Schema {
	if e.out == nil || e.out.Implements(streamType) || e.out.Implements(handlerType) {
		return &schema.Schema{Dialect: schema.Dialect}
	}
	return schema.Of(e.out)
}

var (
	streamType  = reflect.TypeFor[Stream]()
	handlerType = reflect.TypeFor[http.Handler]()
)

// bind makes and checks the input of one call.
func (e *Entry) bind(ctx context.Context, params Params) (any, error) {
	in, errs := e.plan.Bind(params)
	if errs != nil {
		return nil, invalid(errs)
	}
	checker, ok := in.(Checker)
	if !ok {
		return in, nil
	}
	if err := checker.Check(ctx); err != nil {
		return nil, e.blame(err, params)
	}
	return in, nil
}

// invalid is the error for parameters that did not bind.
func invalid(errs fault.FieldErrors) *fault.Error {
	first := errs[0]
	return &fault.Error{
		Type: fault.ConnectionActionParamRequired, Message: first.Message, Key: first.Key, Value: first.Value,
		Errors: errs,
	}
}

// blame adds the values that were sent to the errors of a Check, and joins them to one
// error. Other errors in err become its cause.
func (e *Entry) blame(err error, params Params) error {
	failed, rest := blamed(err, nil, nil)
	if len(failed) == 0 {
		return err
	}
	errs := make(fault.FieldErrors, len(failed))
	for i, f := range failed {
		errs[i] = fault.FieldError{Message: f.Message, Key: f.Key, Value: f.Value}
		if sent := e.plan.Echo(params, f.Key); f.Value == nil || sent == input.Redacted {
			errs[i].Value = sent
		}
	}
	first := *failed[0]
	first.Value, first.Errors, first.Err = errs[0].Value, errs, errors.Join(rest...)
	return &first
}

// blamed collects the errors of a tree that name a parameter, and its other leaves.
func blamed(err error, failed []*fault.Error, rest []error) ([]*fault.Error, []error) {
	switch e := err.(type) {
	case *fault.Error:
		if e != nil && e.Key != "" {
			return append(failed, e), append(rest, e.Err)
		}
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			failed, rest = blamed(one, failed, rest)
		}
		return failed, rest
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return blamed(inner, failed, rest)
		}
	}
	return failed, append(rest, err)
}

// Reachable reports whether callers reach the action over a transport:
// [connection.Web], [connection.WebSocket] or [connection.CLI]. Go code
// ([connection.Internal]) reaches every action.
//
// A transport asks before it calls [Entry.Serve] or [Entry.ServeTo], which do
// not. To callers it answers for an action that is not reachable as it does for
// one that does not exist. For any other name the result is false; a transport
// of the app's own may ask about the one whose callers are most like its own.
func (e *Entry) Reachable(transport string) bool {
	return slices.Contains(e.reach, transport) || transport == connection.Internal
}

// Transports returns the transports over which callers reach the action, in the
// order [connection.Web], [connection.WebSocket], [connection.CLI].
func (e *Entry) Transports() []string { return slices.Clone(e.reach) }

// Guards returns what the middleware around the action asks of callers, outermost
// first: that of the registry, of its groups, and its own. Middleware that does not
// call [Describe] is not in it.
func (e *Entry) Guards() []Guard {
	var c collector
	for _, m := range slices.Concat(e.registry.middlewareNow(), e.Middleware) {
		m(c.collect)
	}
	return c.guards
}

// discard releases a result that is no longer waited for.
func (e *Entry) discard(result any) {
	defer func() {
		if r := recover(); r != nil { // there is no run any more that could fail
			err := e.panicked(r)
			e.registry.options.Logger.Error("cannot close a stream", "name", e.Name, "error", err, "stack", err.Trace)
		}
	}()
	switch r := result.(type) {
	case *Response:
		if r.Stream != nil {
			r.Stream.Close()
		}
	case Stream:
		(&StreamRun{stream: r}).Close()
	}
}
