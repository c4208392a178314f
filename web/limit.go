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

// refusedBody is a body that is announced as too large. It is not read, so that a client
// which waits for 100 Continue does not send it.
type refusedBody struct {
	io.Closer
	limit int64 // in bytes
}

// Read returns the error of [http.MaxBytesReader].
func (b refusedBody) Read([]byte) (int, error) { return 0, &http.MaxBytesError{Limit: b.limit} }

// discardTimeout bounds how long a refused body is read.
const discardTimeout = 500 * time.Millisecond

// discardBody reads the rest of a refused body. Closing the connection earlier would
// reset it, and the client could lose the response. Package http does the same, but
// not for a client that asks it to close.
func discardBody(w http.ResponseWriter, r *http.Request, body io.Reader) {
	if !r.Close || r.Header.Get("Expect") != "" { // a client that waits sends nothing
		return
	}
	c := http.NewResponseController(w)
	flushed := c.Flush()
	accessOf(w).end()
	if flushed == nil && c.SetReadDeadline(time.Now().Add(discardTimeout)) == nil {
		_, _ = io.Copy(io.Discard, body) // it ends, or time does
	}
}
