package action

import (
	"encoding"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// Reply is a result with a status and headers of its own:
//
//	func create(ctx context.Context, in newRoom) (action.Reply[*Room], error) {
//		…
//		return action.Created(room, fmt.Sprintf("rooms/%d", room.ID)), nil
//	}
//
// Status and Header are for HTTP; other transports send the value alone. Where the
// status is always the same, set [Action.Status], too: documents tell clients of it.
type Reply[T any] struct {
	// Value is the result.
	Value T
	// Status is the HTTP status, from 200 to 299. 0 means [Action.Status].
	Status int
	// Header has headers of the response. They replace those of the same name that
	// were set before.
	Header http.Header
}

// Created returns the reply 201 with the header Location, where the new thing is found.
// An empty location sends no header. Spaces, control characters and letters beyond ASCII
// are sent as escapes; use [net/url.PathEscape] for a name with a slash or a question mark.
//
// A location is best relative to the path of the request, as it may be by RFC 9110: after
// POST /api/orgs/1/rooms, "rooms/7" is /api/orgs/1/rooms/7. It is right wherever the app is
// mounted, which an action does not know. For the same reason none is made of a route.
func Created[T any](value T, location string) Reply[T] {
	r := Reply[T]{Value: value, Status: http.StatusCreated}
	if location != "" {
		r.Header = http.Header{"Location": {escaped(location)}}
	}
	return r
}

// escaped replaces the bytes of a URL that a header cannot have.
func escaped(url string) string {
	var b strings.Builder
	for i := range len(url) {
		if c := url[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// MarshalJSON returns the JSON of the value.
func (r Reply[T]) MarshalJSON() ([]byte, error) { return json.Marshal(r.Value) }

func (r Reply[T]) reply() (any, int, http.Header) { return r.Value, r.Status, r.Header }

func (Reply[T]) resultType() reflect.Type { return reflect.TypeFor[T]() }

// NoContent is a result that is nothing: 204 over HTTP, and null elsewhere.
type NoContent struct{}

// MarshalJSON returns null.
func (NoContent) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

func (NoContent) reply() (any, int, http.Header) { return nil, http.StatusNoContent, nil }

func (NoContent) resultType() reflect.Type { return noContent }

// replier is a result with a status and headers: a [Reply] or [NoContent].
type replier interface {
	reply() (value any, status int, header http.Header)
	resultType() reflect.Type
}

var (
	_ replier = Reply[int]{}
	_ replier = NoContent{}

	replierType = reflect.TypeFor[replier]()
	noContent   = reflect.TypeFor[NoContent]()
)

// resultType returns the type of the values that clients get from an action that
// returns out: that of the value of a [Reply].
func resultType(out reflect.Type) reflect.Type {
	for out != nil && out != noContent && out.Kind() == reflect.Struct && out.Implements(replierType) {
		out = reflect.Zero(out).Interface().(replier).resultType()
	}
	return out
}

// checkResult returns an error for a result that encoding/json encodes no value of.
func checkResult(out reflect.Type) error {
	value := resultType(out)
	if value == nil || slices.ContainsFunc(encodesItself, value.Implements) {
		return nil
	}
	switch value.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("its result is of type %s, which JSON does not have", value)
	}
	return nil
}

// encodesItself are the interfaces of results that need no encoding of their type.
var encodesItself = []reflect.Type{
	streamType, handlerType, reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler](),
}

// checkStatus returns an error for a Status that cannot be that of a success, or that
// has no effect.
func checkStatus(status int, out reflect.Type) error {
	switch {
	case status == 0:
		return nil
	case status < 200 || status > 299:
		return fmt.Errorf("its Status is %d; a success has one from 200 to 299", status)
	case slices.ContainsFunc([]reflect.Type{streamType, handlerType}, out.Implements):
		return fmt.Errorf("its Status is %d, but %s writes its response itself; remove Status", status, out)
	}
	return nil
}
