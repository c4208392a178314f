package keryx

import (
	"context"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// What an app needs of package action, under one import.
type (
	// Action describes an action; see [action.Action].
	Action = action.Action
	// Route is an HTTP method and path; see [action.Route].
	Route = action.Route
	// Handler runs an action; see [action.Handler].
	Handler = action.Handler
	// Middleware wraps a handler; see [action.Middleware].
	Middleware = action.Middleware
	// Call is one run of an action; see [action.Call].
	Call = action.Call
	// Params are the parameters of a call; see [action.Params].
	Params = action.Params
	// File is an uploaded file; see [action.File].
	File = action.File
	// RawBody is the body of a request as it was sent; see [action.RawBody].
	RawBody = action.RawBody
)

// The transports that [Action.Only] may name; see package connection.
const (
	// Web is HTTP.
	Web = connection.Web
	// WebSocket is a WebSocket.
	WebSocket = connection.WebSocket
	// CLI is the command line.
	CLI = connection.CLI
)

// Optional is an input that tells apart a value, null, and nothing sent.
type Optional[T any] = action.Optional[T]

// Registrar is what [Handle] registers actions with: an [*API] or a [*Group].
type Registrar = action.Registrar

// Group registers actions that share middleware; see [API.Group].
type Group = action.Group

// Ref is a typed reference to an action; see [action.Ref].
type Ref[In, Out any] = action.Ref[In, Out]

// Handle registers an action with its function, with the app itself or with a group,
// and returns a reference to call it from Go: see [action.Handle]. It panics, naming
// the action, when the action cannot work.
func Handle[In, Out any](r Registrar, a Action, run func(context.Context, In) (Out, error)) *Ref[In, Out] {
	return action.Handle(r, a, run)
}

// ConnectionFrom returns who is calling the action that runs with ctx.
func ConnectionFrom(ctx context.Context) *connection.Connection { return connection.From(ctx) }

// GET returns a route.
func GET(path string) Route { return action.GET(path) }

// POST returns a route.
func POST(path string) Route { return action.POST(path) }

// PUT returns a route.
func PUT(path string) Route { return action.PUT(path) }

// PATCH returns a route.
func PATCH(path string) Route { return action.PATCH(path) }

// DELETE returns a route.
func DELETE(path string) Route { return action.DELETE(path) }
