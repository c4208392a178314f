package openapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/apidoc"
)

// errorResponses are the responses to failed requests. Those that operations have are
// components.
type errorResponses struct {
	statuses fault.Statuses
	used     map[int]bool
}

func newErrors(s fault.Statuses) *errorResponses {
	return &errorResponses{s, map[int]bool{}}
}

// Names of the schemas of errors.
const (
	errorName   = "Error"
	problemName = "Problem"
)

// of returns the responses to failed requests of an action: those that the framework
// makes, and "default" for those of the app.
func (r *errorResponses) of(e *action.Entry, p *parameters) map[string]*Response {
	types := []fault.Type{fault.ConnectionServerError}
	if e.Timeout >= 0 {
		types = append(types, fault.ConnectionActionTimeout)
	}
	if p.any() {
		types = append(types, fault.ConnectionActionParamValidation, fault.ConnectionActionParamRequired, fault.ConnectionActionParamFormatting)
	}
	for _, g := range e.Guards() {
		if g.Login {
			types = append(types, fault.ConnectionSessionNotFound)
		}
		if g.Limit {
			types = append(types, fault.ConnectionRateLimited)
		}
		if g.Proof || len(g.Scopes) > 0 || len(g.Roles) > 0 {
			types = append(types, fault.ConnectionForbidden)
		}
		types = append(types, g.Errors...)
	}
	all := map[string]*Response{"default": r.ref(0)}
	for _, t := range types {
		status := r.statuses.Of(&fault.Error{Type: t})
		all[strconv.Itoa(status)] = r.ref(status)
	}
	if p.members != nil || p.whole != nil {
		for _, status := range []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType} {
			all[strconv.Itoa(status)] = r.ref(status)
		}
	}
	return all
}

// ref returns a reference to the response of a status; 0 is any.
func (r *errorResponses) ref(status int) *Response {
	r.used[status] = true
	return &Response{Ref: "#/components/responses/" + nameOf(status)}
}

func nameOf(status int) string {
	if status == 0 {
		return errorName
	}
	return apidoc.ComponentName(strings.ReplaceAll(http.StatusText(status), " ", ""))
}

// responses returns the components.
func (r *errorResponses) responses() map[string]*Response {
	if len(r.used) == 0 {
		return nil
	}
	all := map[string]*Response{}
	for status := range r.used {
		description := "The request failed."
		if status != 0 {
			description = http.StatusText(status)
		}
		all[nameOf(status)] = &Response{Description: description, Content: map[string]MediaType{
			"application/json": {&schema.Schema{Ref: "#/components/schemas/" + errorName}},
			fault.ProblemType:  {&schema.Schema{Ref: "#/components/schemas/" + problemName}},
		}}
	}
	return all
}

// schemas returns the schemas of errors.
func (r *errorResponses) schemas() schema.Properties {
	if len(r.used) == 0 {
		return nil
	}
	return schema.Properties{
		{Name: errorName, Schema: apidoc.Object([]string{"error"}, schema.Properties{{Name: "error", Schema: apidoc.Error()}})},
		{Name: problemName, Schema: apidoc.Problem()},
	}
}
