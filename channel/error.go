package channel

import (
	"errors"

	"github.com/keryx-go/keryx/fault"
)

var errStopped = errors.New("channels are not running")

// The messages of unavailable.
const (
	cannotJoin     = "The channel cannot be joined at the moment"
	cannotLeave    = "The channel cannot be left at the moment"
	cannotRecheck  = "The rights in the channel cannot be checked at the moment"
	historyUnknown = "The history is not known at the moment"
	membersUnknown = "The members are not known at the moment"
)

func invalidName() *fault.Error {
	return &fault.Error{Type: fault.ConnectionChannelValidation, Message: "Invalid channel name"}
}

func invalidAfter() *fault.Error {
	return &fault.Error{Type: fault.ConnectionChannelValidation, Message: "Invalid after: it has to be a position of this channel"}
}

func notFound(name string) *fault.Error {
	return &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: "Channel not found: " + name}
}

func notSubscribed() *fault.Error {
	return &fault.Error{Type: fault.ConnectionNotSubscribed, Message: "not subscribed to this channel"}
}

// unavailable is for what the client cannot help: Redis does not answer, or
// the server stops.
func unavailable(message string, cause error) *fault.Error {
	return &fault.Error{Type: fault.ConnectionServerError, Message: message, Err: cause}
}

// refusal returns what a client sees of an error of the app's functions: the error
// itself when it chooses that, or else a refusal.
func refusal(err error, hide bool) error {
	if err == nil {
		return nil
	}
	if _, ok := fault.As(err); ok {
		return fault.From(err, hide)
	}
	e := &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: err.Error(), Err: err}
	if hide {
		e.Message = "Not allowed to join this channel"
	}
	return e
}
