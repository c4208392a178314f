package keryx

import (
	"context"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
)

// What an app needs of package action, under one import.
type (
	// Action describes an action. Its fields, of which only Name is required:
	//
	//	Name        string        identifies the action on every transport: "user:show"
	//	Description string        one line for lists, help and documents
	//	Web         Route         the HTTP route; none keeps it off HTTP and WebSockets
	//	Only        []string      the transports that reach it: Web, WebSocket, CLI
	//	Internal    bool          closes it to clients; Go code and the command line reach it
	//	Timeout     time.Duration bounds a run; 0 means ACTION_TIMEOUT
	//	Status      int           the HTTP status of a success; 0 means 200
	//	Middleware  []Middleware  wraps the function, outermost first
	//
	// See [action.Action] for all about them.
	Action = action.Action
	// Route is an HTTP Method and a Path below the API route, in the patterns of
	// [net/http.ServeMux], such as GET("/user/{userId}").
	Route = action.Route
	// Handler runs an action, or the rest of it below a middleware:
	//
	//	func(ctx context.Context, call *Call) (any, error)
	Handler = action.Handler
	// Middleware wraps a handler: func(next Handler) Handler. Nothing of the request
	// has been read but its header before it calls [action.Call.Input].
	Middleware = action.Middleware
	// Call is one run of an action, as middleware sees it: call.Action is the action,
	// call.Input(ctx) its input, call.Body(ctx) the bytes that it arrived in.
	Call = action.Call
	// Params are parameters of a call by name, for [API.Act]: a map[string]any.
	Params = action.Params
	// File is an uploaded file: its Name, Type and Size, and Open, which returns the
	// content.
	File = action.File
	// RawBody is the body of a request as it was sent, []byte: the type of one field of an
	// input, which takes the tags maxSize and contentType.
	RawBody = action.RawBody
	// NoContent is a result that is nothing: 204 over HTTP, and null elsewhere.
	NoContent = action.NoContent
	// Connection is who is calling, as [ConnectionFrom] returns it:
	//
	//	Transport     string      Web, WebSocket, CLI, or "internal"
	//	RemoteAddr    string      the caller's address, without its port
	//	CorrelationID string      the id of the request
	//	Host          string      of an HTTP request; the client chooses it
	//	Method, URL   string      of an HTTP request
	//	Header        http.Header of an HTTP request; nil elsewhere
	//
	// Its methods SetReply and AddReply set headers of the response.
	Connection = connection.Connection
	// Identity is who is calling when that is proved, as [auth.From] returns it:
	//
	//	Subject   string    the id of the user or client
	//	Scopes    []string  what a token was granted
	//	AllScopes bool      no scope limits it, as with a session
	//	Roles     []string  of the subject
	//	Via       string    "session", "bearer", or the name of an Authenticator
	//	Explicit  bool      no browser sends the proof by itself: no CSRF token is asked
	//	Expires   time.Time zero: with its session or connection
	//
	// Its methods HasRole and HasScope report what it may do.
	Identity = auth.Identity
)

// Reply is a result with a status and headers of its own:
//
//	Value  T           the result
//	Status int         from 200 to 299; 0 means [Action.Status]
//	Header http.Header headers of the response
type Reply[T any] = action.Reply[T]

// Created returns the reply 201 with the header Location, where the new thing is found.
// An empty location sends no header.
func Created[T any](value T, location string) Reply[T] { return action.Created(value, location) }

// The transports that [Action.Only] may name; see package connection.
const (
	// Web is HTTP.
	Web = connection.Web
	// WebSocket is a WebSocket.
	WebSocket = connection.WebSocket
	// CLI is the command line.
	CLI = connection.CLI
)

// Optional is an input that tells apart a value, null, and nothing sent: its methods are
// Get, which returns the value and whether there is one, IsNull and IsSet.
type Optional[T any] = action.Optional[T]

// Registrar is what [Handle] registers actions with: an [*API] or a [*Group].
type Registrar = action.Registrar

// Group registers actions that share middleware. [API.Group] makes one, and its method
// Group one within it.
type Group = action.Group

// Ref is a typed reference to an action: ref.Act(ctx, in) calls it from Go code.
type Ref[In, Out any] = action.Ref[In, Out]

// Handle registers an action with its function, with the app itself or with a group,
// and returns a reference to call it from Go: see [action.Handle]. It panics, naming
// the action, when the action cannot work.
func Handle[In, Out any](r Registrar, a Action, run func(context.Context, In) (Out, error)) *Ref[In, Out] {
	return action.Handle(r, a, run)
}

// ConnectionFrom returns who is calling the action that runs with ctx.
func ConnectionFrom(ctx context.Context) *Connection { return connection.From(ctx) }

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
