package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
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
	runner   runner
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
	e := &Entry{Action: a, registry: r, plan: plan, out: out, reach: reach, run: run}
	e.runner.init(a, r.options, plan)
	e.chain = sync.OnceValue(e.compose)
	return e, r.routes.add(e, plan.Fields())
}

// compose wraps the function in the middleware, on the first run.
func (e *Entry) compose() Handler {
	h := keepValues(e.run)
	for _, list := range [][]Middleware{e.Middleware, e.registry.run()} {
		for i := len(list) - 1; i >= 0; i-- {
			h = list[i](h)
		}
	}
	return h
}

// keepValues returns the function of an action that stores its context in the call if
// the result is a [Stream], which runs after the action.
func keepValues(run Handler) Handler {
	return func(ctx context.Context, call *Call) (any, error) {
		result, err := run(ctx, call)
		if _, ok := result.(Stream); ok && call.values != nil {
			*call.values = ctx
		}
		return result, err
	}
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

// act runs the action for Go code, without encoding the result.
func (e *Entry) act(ctx context.Context, params any) (any, *fault.Error) {
	return e.runner.await(e.registry.options.Attach(ctx), func(ctx context.Context) (any, error) {
		values, err := input.Values(params)
		if err != nil {
			return nil, &fault.Error{Type: fault.ConnectionActionParamFormatting, Message: err.Error(), Err: err}
		}
		result, _, err := e.call(ctx, values)
		return result, err
	})
}

// call binds the parameters and runs the action in its middleware. When the result is
// a [Stream], values is the context that the action's function had, or nil.
func (e *Entry) call(ctx context.Context, params Params) (result any, values context.Context, err error) {
	in, err := e.bind(ctx, params)
	if err != nil {
		return nil, nil, err
	}
	call := struct {
		Call
		values context.Context
	}{Call: Call{Action: e, Input: in}}
	call.Call.values = &call.values
	result, err = e.chain()(ctx, &call.Call)
	return result, call.values, err
}

// Serve runs the action for a transport: it binds params, runs the action
// under its timeout, encodes the result, and logs one line. The transport sends the
// response or the error as it is.
func (e *Entry) Serve(ctx context.Context, params Params) (*Response, *fault.Error) {
	done := make(chan Outcome, 1)
	go e.ServeTo(ctx, params, func(o Outcome) { done <- o })
	o := <-done
	return o.Response, o.Err
}

// ServeTo is [Entry.Serve] in the goroutine of its caller. It calls send once, with
// the outcome. Usually it does so in the same goroutine, before it returns. When the
// action's timeout passes or the caller leaves, another goroutine calls send while
// the action still runs. ServeTo returns when both the action and send have.
func (e *Entry) ServeTo(ctx context.Context, params Params, send func(Outcome)) {
	start := time.Now()
	e.runner.watch(ctx, start, func(ctx context.Context) (any, error) {
		result, values, err := e.call(ctx, params)
		if err != nil {
			return nil, err
		}
		return e.encode(values, result, params)
	}, func(result any, err *fault.Error, early bool) {
		e.runner.log.line(ctx, "action", params, start, err)
		response, _ := result.(*Response) // nil when there is an error
		send(Outcome{response, err, early})
	})
}

// encode is called by the work that watch runs: a MarshalJSON of the app may panic or
// hang like the action itself.
func (e *Entry) encode(values context.Context, result any, params Params) (*Response, error) {
	if s, ok := result.(Stream); ok {
		return &Response{Stream: &StreamRun{entry: e, stream: s, contentType: s.ContentType(), params: params, values: values}}, nil
	}
	handler, ok := result.(http.Handler)
	if !ok {
		encoded, err := e.encodeJSON(result)
		if err != nil {
			return nil, err
		}
		return &Response{JSON: encoded}, nil
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		encoded = []byte("null")
	}
	return &Response{JSON: encoded, HTTP: handler}, nil
}

func (e *Entry) encodeJSON(result any) ([]byte, error) {
	encoded, err := json.Marshal(result)
	if err == nil {
		return encoded, nil
	}
	return nil, fault.Internal(fmt.Errorf("the result of %s cannot be encoded: %w", e.Name, err))
}
