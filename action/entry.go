package action

import (
	"cmp"
	"context"
	"encoding/json"
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
	function Handler
	chain    func() Handler
	runner   runner
}

// Handle registers an action with its function, and returns a reference to call it.
// In must be a struct; its tags are the rules for its parameters.
//
// It panics, naming the action, when the action cannot work: no name, no function, a nil
// middleware, a name or route that another action has, a tag that cannot be read, a route
// parameter that is no input, an Only that names a transport which cannot reach it, a
// result that JSON cannot have. It panics after [Registry.Freeze], too.
func Handle[In, Out any](r Registrar, a Action, run func(context.Context, In) (Out, error)) *Ref[In, Out] {
	var untyped Handler // nil for a nil run
	if run != nil {
		untyped = func(ctx context.Context, call *Call) (any, error) {
			in, err := call.Input(ctx)
			if err != nil {
				return nil, err
			}
			return run(ctx, *in.(*In))
		}
	}
	return &Ref[In, Out]{r.Group().Add(a, reflect.TypeFor[In](), reflect.TypeFor[Out](), untyped)}
}

func newEntry(r *Registry, a Action, in, out reflect.Type, run Handler) (*Entry, error) {
	if err := a.check(out, run); err != nil {
		return nil, err
	}
	if other := r.byName[a.Name]; other != nil {
		return nil, fmt.Errorf("another action has the same name (its route: %s); name one of them otherwise", cmp.Or(other.Web.String(), "none"))
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
	e := &Entry{Action: a, registry: r, plan: plan, out: out, reach: reach, function: run}
	e.runner.init(a, r.options, plan)
	e.chain = sync.OnceValue(e.compose)
	return e, r.routes.add(e, plan.Fields())
}

// compose wraps the function in the middleware, on the first run.
func (e *Entry) compose() Handler {
	var h Handler = func(ctx context.Context, call *Call) (any, error) {
		call.values = ctx // for a Stream that is the result and runs after the action
		return e.function(ctx, call)
	}
	for _, list := range [][]Middleware{e.Middleware, e.registry.inner(), e.registry.run()} {
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

// DescribeInput is InputSchema for one of several schemas in a document, whose definitions
// go to d.
func (e *Entry) DescribeInput(d *schema.Defs) *schema.Schema { return e.plan.Describe(d) }

// Result returns the type of the action's result: what a [Reply] has in it, [NoContent], a
// [Stream], an [http.Handler]. It is nil for a result that may be of any type.
func (e *Entry) Result() reflect.Type { return resultType(e.out) }

// OutputSchema returns the JSON Schema (draft 2020-12) of the action's result: see
// [schema.Of]. A result that is a [Stream], an [http.Handler] or an interface may be
// anything. The caller may change the schema.
func (e *Entry) OutputSchema() *schema.Schema {
	out := resultType(e.out)
	if out == noContent {
		return &schema.Schema{Dialect: schema.Dialect, Types: schema.Types{"null"}}
	}
	if out == nil || out.Implements(streamType) || out.Implements(handlerType) {
		return &schema.Schema{Dialect: schema.Dialect}
	}
	return schema.Of(out)
}

var (
	streamType  = reflect.TypeFor[Stream]()
	handlerType = reflect.TypeFor[http.Handler]()
)

// Replies reports whether the result is a [Reply], whose status and headers are known only
// when the action has run.
func (e *Entry) Replies() bool {
	return e.out != nil && e.out != noContent && e.out.Kind() == reflect.Struct && e.out.Implements(replierType)
}

// ParseParams parses the JSON object of a request as the action's parameters. It makes no
// values of what is no parameter: see [input.Plan.ParseObject].
func (e *Entry) ParseParams(data []byte) (Params, error) { return e.plan.ParseObject(data) }

// ParseBody parses the JSON value of a request for the input that is its body: see
// [input.Plan.ParseBody].
func (e *Entry) ParseBody(data []byte) (any, error) { return e.plan.ParseBody(data) }

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
		return nil, blame(e.plan, err, params)
	}
	return in, nil
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
		return e.run(ctx, &Call{Action: e, source: values{params}})
	})
}

// run runs the action in its middleware.
func (e *Entry) run(ctx context.Context, call *Call) (any, error) {
	call.clock, _ = ctx.(*runContext)
	return e.chain()(ctx, call)
}

// Serve runs the action for a transport: it runs the action in its middleware, under
// its timeout, with the parameters of the source, encodes the result, and logs one
// line. A nil source has none. The transport sends the response or the error as it is.
func (e *Entry) Serve(ctx context.Context, source Source) (*Response, *fault.Error) {
	done := make(chan Outcome, 1)
	go e.ServeTo(ctx, source, func(o Outcome) { done <- o })
	o := <-done
	return o.Response, o.Err
}

// ServeTo is [Entry.Serve] in the goroutine of its caller. It calls send once, with
// the outcome. Usually it does so in the same goroutine, before it returns. When the
// action's timeout passes or the caller leaves, another goroutine calls send while
// the action still runs. ServeTo returns when both the action and send have. The time
// in which the source is read does not count for the action's timeout.
func (e *Entry) ServeTo(ctx context.Context, source Source, send func(Outcome)) {
	start := time.Now()
	if source == nil {
		source = Params(nil)
	}
	call := &Call{Action: e, source: source}
	e.runner.watch(ctx, start, func(ctx context.Context) (any, error) {
		result, err := e.run(ctx, call)
		if err != nil {
			return nil, err
		}
		return e.encode(result, call)
	}, func(result any, err *fault.Error, early bool) {
		e.runner.log.line(ctx, "action", call, start, err)
		response, _ := result.(*Response) // nil when there is an error
		send(Outcome{response, err, early})
	})
}

// encode is called by the work that watch runs: a MarshalJSON of the app may panic or
// hang like the action itself.
func (e *Entry) encode(result any, call *Call) (*Response, error) {
	response := &Response{Status: e.Status}
	for {
		r, ok := result.(replier)
		if !ok {
			break
		}
		value, status, header := r.reply()
		if status != 0 && (status < 200 || status > 299) {
			return nil, fault.Internal(fmt.Errorf("the reply of %s has the status %d; a success has one from 200 to 299", e.Name, status))
		}
		result, response.Status, response.Header = value, cmp.Or(status, response.Status), header
	}
	if s, ok := result.(Stream); ok {
		response.Stream = &StreamRun{entry: e, stream: s, contentType: s.ContentType(), call: call, values: call.values}
		return response, nil
	}
	handler, ok := result.(http.Handler)
	if !ok {
		var err error
		response.JSON, err = e.encodeJSON(result)
		return response, err
	}
	response.HTTP = handler
	encoded, err := json.Marshal(result)
	if err != nil {
		encoded = []byte("null")
	}
	response.JSON = encoded
	return response, nil
}

func (e *Entry) encodeJSON(result any) ([]byte, error) {
	encoded, err := json.Marshal(result)
	if err == nil {
		return encoded, nil
	}
	return nil, fault.Internal(fmt.Errorf("the result of %s cannot be encoded: %w", e.Name, err))
}
