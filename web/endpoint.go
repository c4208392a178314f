package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// endpoint answers requests with one action.
func (s *Server) endpoint(e *action.Entry) http.Handler {
	names := e.Web.PathParams()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := r.Body
		params, err := s.params(w, r, names)
		if r.MultipartForm != nil {
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		if err != nil {
			s.fail(w, r, err)
			linger(w, r, body)
			return
		}
		ctx := connection.With(r.Context(), s.Connection(r))
		if s.options.Attach != nil {
			ctx = s.options.Attach(ctx)
		}
		e.ServeTo(ctx, params, func(o action.Outcome) { s.respond(ctx, w, r, o) })
	})
}

// respond sends the outcome of an action. When it comes early, nobody else
// will flush it, and the connection is of no use until the action has ended.
func (s *Server) respond(ctx context.Context, w http.ResponseWriter, r *http.Request, o action.Outcome) {
	if o.Early {
		w.Header().Set("Connection", "close")
		w.Header().Set("Cache-Control", "no-transform")              // a compressor would hold the end back
		defer func() { _ = http.NewResponseController(w).Flush() }() // an error means that the client is gone
	}
	connection.From(ctx).WriteReply(w.Header())
	switch {
	case o.Err != nil:
		s.fail(w, r, o.Err)
	case o.Response.Stream != nil:
		s.stream(ctx, w, r, o.Response.Stream)
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
