package fault

import "net/http"

// Statuses are HTTP statuses by the types of errors. Types that are not in it have that
// of [Type.Status].
type Statuses map[Type]int

// Of returns the status that answers an error: its own, that of its type in s, or that
// of [Type.Status].
func (s Statuses) Of(e *Error) int {
	if e.Status == 0 {
		if status, ok := s[e.Type]; ok {
			return status
		}
	}
	return e.HTTPStatus()
}

// REST returns the statuses that most HTTP APIs have, where those of the protocol are
// others: 422 for parameters that break a rule (406), 400 for ones that cannot be read
// (406), 503 for an action that ran out of time (408, after which browsers send the
// request again) and for a server that stops (500).
func REST() Statuses {
	return Statuses{
		ConnectionActionParamRequired:   http.StatusUnprocessableEntity,
		ConnectionActionParamDefault:    http.StatusUnprocessableEntity,
		ConnectionActionParamValidation: http.StatusUnprocessableEntity,
		ConnectionActionParamFormatting: http.StatusBadRequest,
		ActionValidation:                http.StatusUnprocessableEntity,
		ConnectionTypeNotFound:          http.StatusBadRequest,
		ConnectionNotSubscribed:         http.StatusBadRequest,
		ConnectionActionTimeout:         http.StatusServiceUnavailable,
		ServerStop:                      http.StatusServiceUnavailable,
	}
}
