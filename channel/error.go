package channel

import (
	"errors"
	"net/http"

	"github.com/keryx-go/keryx/action"
)

var errStopped = errors.New("channels are not running")

func invalidName() *action.Error {
	return &action.Error{Type: action.ConnectionChannelValidation, Message: "Invalid channel name"}
}

func notFound(name string) *action.Error {
	return &action.Error{Type: action.ConnectionChannelAuthorization, Message: "Channel not found: " + name}
}

func notSubscribed() *action.Error {
	return &action.Error{Type: action.ConnectionNotSubscribed, Message: "not subscribed to this channel"}
}

// unavailable is for what the client can not help: Redis does not answer, or
// the server stops.
func unavailable(message string, cause error) *action.Error {
	return &action.Error{Type: action.ConnectionServerError, Message: message, Err: cause}
}

// refusal returns what a client sees of an error of the app's functions.
func refusal(err error, hide bool) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*action.Error](err); ok && e != nil {
		return e
	}
	e := &action.Error{Type: action.ConnectionChannelAuthorization, Message: err.Error(), Err: err}
	if hide {
		e.Message = "Not allowed to join this channel"
	}
	if below, ok := errors.AsType[typed](err); ok {
		e.Type = action.ErrorType(below.ErrorType())
		switch {
		case hide && e.Type.Status() >= http.StatusInternalServerError:
			e.Message = "Internal server error"
		case hide:
			e.Message = below.Error() // without what the app has wrapped it in
		}
	}
	return e
}

// typed is an error of a package below, such as session, that knows the type that
// clients are to see: that Redis fails is no reason to take somebody for a
// stranger.
type typed interface {
	error
	ErrorType() string
}
