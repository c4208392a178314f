// Package action holds what the framework is about: a controller written
// once, an [Action], which every transport calls in the same way.
//
// [Handle] registers one with a typed function. A transport finds its [Entry]
// and calls [Entry.Serve] with a [Source] of the parameters; the entry runs the
// middleware and the function under the action's timeout, encodes the result, and logs
// one line. The parameters are read, bound and checked when middleware asks for them,
// at the latest before the function. An action calls another with [Registry.Act].
package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/keryx-go/keryx/internal/input"
)

// Action describes one action. [Handle] joins it with its function.
type Action struct {
	// Name identifies the action on every transport: "user:show". Required.
	Name string
	// Description is one line for lists, help and documents.
	Description string
	// Deprecated says what clients should use instead: "Use user:show." It is for
	// documents alone. Empty: the action is not deprecated.
	Deprecated string
	// Web is the HTTP route. The zero Route keeps the action off HTTP and,
	// unless Only names them, off WebSockets.
	Web Route
	// Only lists the transports that reach the action: [connection.Web],
	// [connection.WebSocket], [connection.CLI]. Nil means all three for an
	// action with a route, and the command line for one without. Go code
	// reaches every action, with [Registry.Act].
	Only []string
	// Internal closes the action to clients: Go code and the command line reach
	// it, nothing else. It excludes a route, and an Only that names another
	// transport.
	Internal bool
	// Timeout bounds a run; its context is cancelled and the caller gets a
	// [fault.ConnectionActionTimeout]. 0 means ACTION_TIMEOUT, negative means none.
	Timeout time.Duration
	// Status is the HTTP status of a success, from 200 to 299. 0 means 200, or 204
	// for a result of type [NoContent]. With 204 the result is not sent. A [Reply]
	// may have another.
	Status int
	// Middleware wraps the function, outermost first, inside the registry's
	// own.
	Middleware []Middleware
}

// check returns an error for an action that cannot work, whatever its input is.
func (a *Action) check(out reflect.Type, run Handler) error {
	switch nothing := slices.IndexFunc(a.Middleware, func(m Middleware) bool { return m == nil }); {
	case a.Name == "":
		return errors.New("it has no name; give it one, such as \"user:show\"")
	case run == nil:
		return errors.New("its function is nil")
	case nothing >= 0:
		return fmt.Errorf("middleware %d of %d, those of its groups first, is nil", nothing+1, len(a.Middleware))
	}
	if err := checkResult(out); err != nil {
		return err
	}
	return checkStatus(a.Status, out)
}

// Route is an HTTP method and a path below the API route, in the pattern
// language of [net/http.ServeMux]: "/user/{userId}". Each name in braces must
// be an input of the action.
type Route struct {
	Method, Path string
}

// IsZero reports whether there is no route.
func (r Route) IsZero() bool { return r == Route{} }

// String returns "GET /user/{userId}", or "" for no route.
func (r Route) String() string {
	if r.IsZero() {
		return ""
	}
	return r.Method + " " + r.Path
}

// GET returns a route.
func GET(path string) Route { return Route{http.MethodGet, path} }

// POST returns a route.
func POST(path string) Route { return Route{http.MethodPost, path} }

// PUT returns a route.
func PUT(path string) Route { return Route{http.MethodPut, path} }

// PATCH returns a route.
func PATCH(path string) Route { return Route{http.MethodPatch, path} }

// DELETE returns a route.
func DELETE(path string) Route { return Route{http.MethodDelete, path} }

// Handler runs an action, or the rest of it below a middleware. The result is
// what the client gets.
type Handler func(ctx context.Context, call *Call) (any, error)

// Middleware wraps a handler. It may act before and after next, change the input or
// the result, or answer without calling next at all. Before it asks for the input, with
// [Call.Input], nothing of the request has been read but its header.
type Middleware func(next Handler) Handler

// Checker is an input that has more to check than its tags can say, or that
// normalises itself. Check runs after the tags have been checked, with the context of
// the one who asked for the input first, and may change its receiver. It returns [Invalid] to name the field at fault.
type Checker interface {
	Check(ctx context.Context) error
}

// Params are the parameters of a call by name: decoded JSON values, [Text],
// [File] or []File.
type Params map[string]any

// Params returns p: parameters that are known are a [Source].
func (p Params) Params(context.Context) (Params, error) { return p, nil }

// PathValue returns the parameter of that name as text: "" unless it is text or a number.
func (p Params) PathValue(name string) string {
	switch v := p[name].(type) {
	case Text:
		if len(v) == 1 {
			return v[0]
		}
	case string:
		return v
	case json.Number, int64, uint64:
		return fmt.Sprint(v)
	}
	return ""
}

// The kinds of parameter that are not plain JSON, from package input.
type (
	// Text is a parameter from a path, a query, a form or a flag.
	Text = input.Text
	// File is an uploaded file.
	File = input.File
	// RawBody is the body of a request as it was sent.
	RawBody = input.RawBody
	// Input describes one input of an action.
	Input = input.Field
)

// Optional is an input that tells apart a value, null, and nothing sent.
type Optional[T any] = input.Optional[T]

// PathParams returns the names of the parameters in a route's path.
func (r Route) PathParams() []string {
	var names []string
	for rest := r.Path; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return names
		}
		name, remainder, closed := strings.Cut(after, "}")
		if !closed {
			return names
		}
		if name = strings.TrimSuffix(name, "..."); name != "$" {
			names = append(names, name)
		}
		rest = remainder
	}
}
