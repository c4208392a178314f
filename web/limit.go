package web

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/keryx-go/keryx/fault"
)

func tooLarge(limit int64) *fault.Error {
	return &fault.Error{
		Type: fault.ConnectionActionRun, Status: http.StatusRequestEntityTooLarge,
		Message: fmt.Sprintf("Payload Too Large: the body exceeds the limit of %d bytes", limit),
	}
}

// discardTimeout is how long a refused body is read on.
const discardTimeout = 500 * time.Millisecond

// discardBody throws away what is still coming of a body that was refused. A
// connection that is closed before is reset, and the reset overtakes the
// answer. Package http does it too, except for clients that ask it to close.
func discardBody(w http.ResponseWriter, r *http.Request, body io.Reader) {
	if !r.Close {
		return
	}
	c := http.NewResponseController(w)
	if c.Flush() == nil && c.SetReadDeadline(time.Now().Add(discardTimeout)) == nil {
		_, _ = io.Copy(io.Discard, body) // it ends, or time does
	}
}
