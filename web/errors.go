package web

import (
	"net/http"

	"github.com/keryx-go/keryx/fault"
)

// errorWriter answers with errors of the wire.
type errorWriter struct{ includeStack bool }

func (e errorWriter) write(w http.ResponseWriter, r *http.Request, err *fault.Error) {
	status := err.HTTPStatus()
	if status == http.StatusRequestEntityTooLarge || status == http.StatusRequestTimeout && r.Context().Err() == nil {
		w.Header().Set("Connection", "close") // the rest of the body is of no use
	}
	writeJSON(w, status, err.Body(e.includeStack))
}
