package web

import (
	"net/http"

	"github.com/keryx-go/keryx/fault"
)

// fail answers with an error of the wire.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err *fault.Error) {
	status := err.HTTPStatus()
	if status == http.StatusRequestEntityTooLarge || status == http.StatusRequestTimeout && r.Context().Err() == nil {
		w.Header().Set("Connection", "close") // the rest of the body is of no use
	}
	writeJSON(w, status, err.Body(s.options.Config.IncludeStackInErrors))
}
