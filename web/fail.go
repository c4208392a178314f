package web

import (
	"encoding/json"
	"net/http"

	"github.com/keryx-go/keryx/action"
)

// fail answers with an error of the wire.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err *action.Error) {
	payload := err.Payload(s.options.Config.IncludeStackInErrors)
	body, encodeErr := json.Marshal(map[string]any{"error": payload})
	if encodeErr != nil { // a value that has no JSON; the message says enough
		payload.Value, payload.Errors = nil, nil
		body, _ = json.Marshal(map[string]any{"error": payload})
	}
	status := err.HTTPStatus()
	if status == http.StatusRequestEntityTooLarge || status == http.StatusRequestTimeout && r.Context().Err() == nil {
		w.Header().Set("Connection", "close") // the rest of the body is of no use
	}
	writeJSON(w, status, body)
}
