package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// endpoint answers requests with one action.
type endpoint struct {
	*endpoints
	entry *action.Entry
	path  []string // the names of the parameters in the path
	other *places  // nil: all parameters are in the path, the query or the body
	reads bool     // its method changes nothing, so that all pages may send it
}

// endpoints is what the endpoints of a server share.
type endpoints struct {
	maxBody int64                                      // in bytes
	caller  func(*http.Request) *connection.Connection // describes the caller
	attach  func(context.Context) context.Context      // nil: adds nothing
	pages   pages
	streams *streams
	errors  errorWriter
}

// ServeHTTP answers one request.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !e.reads {
		if err := e.pages.check(r); err != nil {
			e.errors.write(w, r, err)
			return
		}
	}
	q := &request{endpoint: e, w: w, r: r, body: body{limit: e.maxBody, entry: e.entry}}
	defer q.done()
	ctx := connection.With(r.Context(), e.caller(r))
	if e.attach != nil {
		ctx = e.attach(ctx)
	}
	e.entry.ServeTo(ctx, q, func(o action.Outcome) { e.respond(ctx, w, r, o) })
}

// respond sends the outcome of an action. It flushes an early one, since its handler
// has not returned, and closes the connection, which is in use until the action ends.
func (e *endpoint) respond(ctx context.Context, w http.ResponseWriter, r *http.Request, o action.Outcome) {
	if o.Early {
		w.Header().Set("Connection", "close")
		w.Header().Set("Cache-Control", "no-transform") // a compressor would hold the end back
		defer func() {
			_ = http.NewResponseController(w).Flush() // an error means that the client is gone
			accessOf(w).end()
		}()
	}
	connection.From(ctx).WriteReply(w.Header())
	if o.Err != nil {
		e.errors.write(w, r, o.Err)
		return
	}
	for key, values := range o.Response.Header {
		w.Header()[http.CanonicalHeaderKey(key)] = slices.Clone(values) // the action may use its own again
	}
	switch {
	case o.Response.Stream != nil:
		e.streams.send(ctx, w, r, o.Response.Stream, e.errors)
	case o.Response.HTTP != nil:
		o.Response.HTTP.ServeHTTP(w, r)
	case o.Response.Status == http.StatusNoContent:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, cmp.Or(o.Response.Status, http.StatusOK), o.Response.JSON)
	}
}

// request is a request to an action: the source of its parameters, which are read when
// the action asks for them.
type request struct {
	*endpoint
	w    http.ResponseWriter
	r    *http.Request
	body body
}

var (
	_ action.BodySource = (*request)(nil)
	_ action.LineSource = (*request)(nil)
)

// HasBody reports whether the request has a body that an action reads.
func (q *request) HasBody() bool {
	return q.r.ContentLength != 0 && q.r.Method != http.MethodGet && q.r.Method != http.MethodHead
}

// PathValue returns a parameter of the path.
func (q *request) PathValue(name string) string { return q.r.PathValue(name) }

// Body reads the body and returns it as it arrived.
func (q *request) Body(context.Context) ([]byte, error) {
	data, err := q.body.bytes(q.w, q.r)
	if err != nil {
		return nil, err
	}
	return data, nil
}

// Params collects the parameters. The path wins over the body, and the body over the
// query.
func (q *request) Params(context.Context) (action.Params, error) {
	params := make(action.Params, len(q.path))
	if q.r.URL.RawQuery != "" {
		query, err := url.ParseQuery(q.r.URL.RawQuery)
		if err != nil {
			return nil, badRequest("cannot parse the query: ", err)
		}
		addText(params, query)
	}
	if q.other != nil && q.other.body != nil {
		delete(params, q.other.body.Name)
	}
	if q.HasBody() {
		if err := q.addBody(params); err != nil {
			return nil, err
		}
	}
	if q.other != nil {
		q.other.add(q.r, params)
	}
	for _, name := range q.path {
		params[name] = action.Text{q.r.PathValue(name)}
	}
	return params, nil
}

// addBody adds the parameters of the body.
func (q *request) addBody(params action.Params) *fault.Error {
	if q.other == nil || q.other.body == nil {
		return q.body.params(q.w, q.r, params)
	}
	value, err := q.body.whole(q.w, q.r, q.other.body)
	if err == nil && value != nil {
		params[q.other.body.Name] = value
	}
	return err
}

func addText(params action.Params, values map[string][]string) {
	for key, value := range values {
		params[key] = action.Text(value)
	}
}

// done is called when the request has been answered.
func (q *request) done() {
	if q.HasBody() {
		q.body.done(q.w, q.r)
	}
}

// Log takes the line of the run for that of the request.
func (q *request) Log(ctx context.Context, line action.Line) { accessOf(q.w).run(ctx, line) }

var jsonType = []string{"application/json"}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header()["Content-Type"] = jsonType
	writeBody(w, status, body)
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))} // also for an answer that is sent before its handler returns
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client is gone
}
