package web

import (
	"net"
	"net/http"
	"strconv"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// endpoint answers requests with one action.
func (s *Server) endpoint(e *action.Entry) http.Handler {
	names := e.Web.PathParams()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		params, err := s.params(w, r, names)
		if r.MultipartForm != nil {
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		ctx := connection.With(r.Context(), s.connection(r))
		response, err := e.Serve(ctx, params)
		switch {
		case err != nil:
			s.fail(w, r, err)
		case response.HTTP != nil:
			response.HTTP.ServeHTTP(w, r)
		default:
			writeJSON(w, http.StatusOK, response.JSON)
		}
	})
}

// connection describes the caller to the action.
func (s *Server) connection(r *http.Request) *connection.Connection {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return &connection.Connection{
		Transport: connection.Web, RemoteAddr: host, CorrelationID: s.headers.correlationID(r),
		Method: r.Method, URL: r.RequestURI, Header: r.Header,
	}
}

// ownLength is the size from which net/http no longer finds the length of a
// body by itself.
const ownLength = 2048

var jsonType = []string{"application/json"}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	if len(body) >= ownLength {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client is gone
}
