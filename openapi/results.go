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

// success returns the response of a run without an error. Definitions go to d.
func success(e *action.Entry, d *schema.Defs) (status string, r *Response) {
	out := e.Result()
	code := cmp.Or(e.Status, http.StatusOK)
	if out == noContent {
		code = cmp.Or(e.Status, http.StatusNoContent)
	}
	r = &Response{Description: http.StatusText(code)}
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
		r.Description = "What the action writes: a file, a page, or a redirect."
		r.Content = map[string]MediaType{"*/*": {}}
	default:
		r.Content = map[string]MediaType{"application/json": {schema.OfType(out, d)}}
	}
	return strconv.Itoa(code), r
}
