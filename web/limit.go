package web

import (
	"fmt"
	"net/http"

	"github.com/keryx-go/keryx/action"
)

func tooLarge(limit int64) *action.Error {
	return &action.Error{
		Type: action.ConnectionActionRun, Status: http.StatusRequestEntityTooLarge,
		Message: fmt.Sprintf("Payload Too Large: the body exceeds the limit of %d bytes", limit),
	}
}
