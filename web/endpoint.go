package web

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// endpoint answers requests with one action.
type endpoint struct {
	*endpoints
	entry *action.Entry
	path  []string // the names of the parameters in the path
}

// endpoints is what the endpoints of a server share.
type endpoints struct {
	maxBody int64                                      // in bytes
	caller  func(*http.Request) *connection.Connection // describes the caller
	attach  func(context.Context) context.Context      // nil: adds nothing
	streams *streams
	errors  errorWriter
	logger  *slog.Logger
}

// ServeHTTP answers one request.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := r.Body
	params, err := e.params(w, r)
	if r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }()
	}
	if err != nil {
		e.errors.write(w, r, err)
		discardBody(w, r, body)
		return
	}
	ctx := connection.With(r.Context(), e.caller(r))
	if e.attach != nil {
		ctx = e.attach(ctx)
	}
	e.entry.ServeTo(ctx, params, func(o action.Outcome) { e.respond(ctx, w, r, o) })
}

// respond sends the outcome of an action. It flushes an early one, since its handler
// has not returned, and closes the connection, which is in use until the action ends.
func (e *endpoint) respond(ctx context.Context, w http.ResponseWriter, r *http.Request, o action.Outcome) {
	if o.Early {
		w.Header().Set("Connection", "close")
		w.Header().Set("Cache-Control", "no-transform")              // a compressor would hold the end back
		defer func() { _ = http.NewResponseController(w).Flush() }() // an error means that the client is gone
	}
	connection.From(ctx).WriteReply(w.Header())
	switch {
	case o.Err != nil:
		e.errors.write(w, r, o.Err)
	case o.Response.Stream != nil:
		e.streams.send(ctx, w, r, o.Response.Stream, e.errors)
	case o.Response.HTTP != nil:
		o.Response.HTTP.ServeHTTP(w, r)
	default:
		writeJSON(w, http.StatusOK, o.Response.JSON)
	}
}

var jsonType = []string{"application/json"}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(body))} // also for an answer that is sent before its handler returns
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client is gone
}

// params collects the parameters of a request. The path wins over the body, and the
// body over the query.
func (e *endpoint) params(w http.ResponseWriter, r *http.Request) (action.Params, *fault.Error) {
	params := make(action.Params, len(e.path))
	if r.URL.RawQuery != "" {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, badRequest("cannot parse the query: ", err)
		}
		addText(params, query)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if err := e.body(w, r, params); err != nil {
			if err.HTTPStatus() >= http.StatusInternalServerError { // no action will log it
				e.logger.Error("cannot read a request", "path", r.URL.Path, "error", err)
			}
			return nil, err
		}
	}
	for _, name := range e.path {
		params[name] = action.Text{r.PathValue(name)}
	}
	return params, nil
}

func addText(params action.Params, values map[string][]string) {
	for key, value := range values {
		params[key] = action.Text(value)
	}
}

// body adds the parameters of the request's body.
func (e *endpoint) body(w http.ResponseWriter, r *http.Request, params action.Params) *fault.Error {
	if limit := e.maxBody; limit > 0 {
		if r.ContentLength > limit {
			return tooLarge(limit)
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
	}
	if r.ContentLength == 0 {
		return nil
	}
	header := r.Header.Get("Content-Type")
	mediaType, _, err := mime.ParseMediaType(header)
	switch {
	case err != nil && header != "":
		return unsupported(header)
	case mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"):
		return e.jsonBody(r, params)
	case mediaType == "multipart/form-data":
		return multipartBody(r, params)
	case mediaType == "application/x-www-form-urlencoded":
		return formBody(r, params)
	}
	return unknownBody(r, header)
}

func (e *endpoint) jsonBody(r *http.Request, params action.Params) *fault.Error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return unreadable(err)
	}
	if len(data) == 0 {
		return nil
	}
	object, err := e.entry.ParseParams(data)
	if err != nil {
		return badRequest("cannot parse request body: ", err)
	}
	for key, value := range object {
		params[key] = value
	}
	return nil
}

func formBody(r *http.Request, params action.Params) *fault.Error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return unreadable(err)
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return badRequest("cannot parse request body: ", err)
	}
	addText(params, form)
	return nil
}

// unknownBody returns an error for a body of an unknown type, unless it is empty.
func unknownBody(r *http.Request, contentType string) *fault.Error {
	switch n, err := r.Body.Read(make([]byte, 1)); {
	case n > 0:
		return unsupported(contentType)
	case err != nil && err != io.EOF:
		return unreadable(err)
	}
	return nil
}

func unsupported(contentType string) *fault.Error {
	message := "cannot parse request body: it has no Content-Type"
	if contentType != "" {
		message = "cannot parse request body: unsupported Content-Type " + contentType
	}
	return &fault.Error{
		Type: fault.ConnectionActionRun, Status: http.StatusUnsupportedMediaType,
		Message: message + "; send application/json, multipart/form-data or application/x-www-form-urlencoded",
	}
}

// unreadable returns the error for a body that is incomplete.
func unreadable(err error) *fault.Error {
	var limit *http.MaxBytesError
	var disk *fs.PathError
	switch {
	case errors.As(err, &limit):
		return tooLarge(limit.Limit)
	case errors.Is(err, multipart.ErrMessageTooLarge):
		return tooManyParts(err)
	case errors.As(err, &disk):
		return notStored(err)
	}
	e := badRequest("cannot parse request body: ", err)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		e.Status, e.Message = http.StatusRequestTimeout, "cannot parse request body: it took too long to arrive"
	}
	return e
}

func badRequest(prefix string, err error) *fault.Error {
	return &fault.Error{
		Type: fault.ConnectionActionRun, Status: http.StatusBadRequest,
		Message: prefix + err.Error(), Err: err,
	}
}
