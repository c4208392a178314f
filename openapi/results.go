package openapi

import (
	"cmp"
	"net/http"
	"reflect"
	"strconv"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/stream"
)

var (
	noContent = reflect.TypeFor[action.NoContent]()
	streams   = reflect.TypeFor[action.Stream]()
	events    = reflect.TypeFor[*stream.EventStream]()
	handlers  = reflect.TypeFor[http.Handler]()
)

// success returns the response of a run without an error, and its status. That is "2XX" where
// the action decides when it runs. Definitions go to d.
func success(e *action.Entry, d *schema.Defs) (status string, r *Response) {
	out := e.Result()
	code := cmp.Or(e.Status, http.StatusOK)
	if out == noContent {
		code = cmp.Or(e.Status, http.StatusNoContent)
	}
	status = strconv.Itoa(code)
	r = &Response{Description: http.StatusText(code)}
	if e.Replies() && e.Status == 0 {
		status, r.Description = "2XX", "Success"
	}
	switch {
	case code == http.StatusNoContent || out == noContent:
	case out == nil:
		r.Content = map[string]MediaType{"application/json": {&schema.Schema{}}}
	case out == events:
		r.Description = "Server-sent events, until the stream ends."
		r.Content = map[string]MediaType{"text/event-stream": {&schema.Schema{Types: schema.Types{"string"}}}}
	case out.Implements(streams):
		r.Description = "A stream."
		r.Content = map[string]MediaType{"*/*": {}}
	case out.Implements(handlers):
		status, r.Description = "2XX", "What the action writes, such as a file."
		r.Content = map[string]MediaType{"*/*": {}}
	default:
		r.Content = map[string]MediaType{"application/json": {schema.OfType(out, d)}}
	}
	return status, r
}
