package web

import (
	"net/http"
	"strings"

	"github.com/keryx-go/keryx/fault"
)

// errorWriter answers with errors of the wire.
type errorWriter struct {
	includeStack bool
	statuses     fault.Statuses
}

// write sends an error, as a problem of RFC 9457 to a client that asks for one.
func (e errorWriter) write(w http.ResponseWriter, r *http.Request, err *fault.Error) {
	status := e.statuses.Of(err)
	if status == http.StatusRequestEntityTooLarge || status == http.StatusRequestTimeout && r.Context().Err() == nil {
		w.Header().Set("Connection", "close") // the rest of the body is of no use
	}
	if acceptsProblem(r.Header["Accept"]) {
		w.Header().Add("Vary", "Accept")
		w.Header().Set("Content-Type", fault.ProblemType)
		writeBody(w, status, err.Problem(status, e.includeStack))
		return
	}
	writeJSON(w, status, err.Body(e.includeStack))
}

// acceptsProblem reports whether a client asks for [fault.ProblemType] by its name.
func acceptsProblem(accept []string) bool {
	for _, line := range accept {
		for part := range strings.SplitSeq(line, ",") {
			mediaType, parameters, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(mediaType), fault.ProblemType) {
				return !refused(parameters)
			}
		}
	}
	return false
}

// refused reports whether the parameters of a media type have a quality of 0.
func refused(parameters string) bool {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			return strings.Trim(strings.TrimSpace(value), "0.") == ""
		}
	}
	return false
}
