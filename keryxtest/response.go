package keryxtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/keryx-go/keryx"
)

// Response is a response of the app with its whole body.
type Response struct {
	Status int
	Header http.Header
	Body   string

	tb      testing.TB
	request string // "GET /api/user/1"
}

// String returns the request, the status and the body.
func (r Response) String() string {
	return fmt.Sprintf("%s: %d %s\n%s", r.request, r.Status, http.StatusText(r.Status), r.Body)
}

// Expect ends the test unless the response has the status. It returns r.
func (r Response) Expect(status int) Response {
	r.tb.Helper()
	if r.Status != status {
		r.tb.Fatalf("want the status %d: %s", status, r)
	}
	return r
}

// Decode reads the body as JSON into a value. It ends the test when the response is an
// error, or not such JSON. [Decode] returns the value.
func (r Response) Decode(into any) {
	r.tb.Helper()
	if r.Status >= http.StatusBadRequest {
		r.tb.Fatalf("want a result: %s", r)
	}
	if err := json.Unmarshal([]byte(r.Body), into); err != nil {
		r.tb.Fatalf("the response is not a %T: %v: %s", into, err, r)
	}
}

// Error ends the test unless the response is an error of the type. It returns the error
// as a client sees it: Type, Message, Key, Value, Errors, Details and Status. Values and
// details are decoded as [json.Unmarshal] does it for an any.
func (r Response) Error(typ keryx.ErrorType) *keryx.Error {
	r.tb.Helper()
	var body struct{ Error *payload }
	_ = json.Unmarshal([]byte(r.Body), &body) // the type is missing then
	if body.Error == nil || body.Error.Type != typ {
		r.tb.Fatalf("want the error %s: %s", typ, r)
	}
	e := body.Error.fault()
	e.Status = r.Status
	return e
}

func (r Response) test() testing.TB { return r.tb }
