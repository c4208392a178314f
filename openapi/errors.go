package openapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/fault"
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
	}
	all := map[string]*Response{"default": r.ref(0)}
	for _, t := range types {
		status := r.statuses.Of(&fault.Error{Type: t})
		all[strconv.Itoa(status)] = r.ref(status)
	}
	if p.members != nil || p.whole != nil {
		for _, status := range []int{http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType} {
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
	return componentName(strings.ReplaceAll(http.StatusText(status), " ", ""))
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

// schemas returns the schemas of errors, as package fault encodes them.
func (r *errorResponses) schemas() schema.Properties {
	if len(r.used) == 0 {
		return nil
	}
	text := func(doc string) *schema.Schema {
		return &schema.Schema{Types: schema.Types{"string"}, Description: doc}
	}
	object := func(required []string, p schema.Properties) *schema.Schema {
		return &schema.Schema{Types: schema.Types{"object"}, Properties: p, Required: required}
	}
	field := object([]string{"message"}, schema.Properties{
		{Name: "message", Schema: text("What is wrong.")},
		{Name: "key", Schema: text("The parameter.")},
		{Name: "value", Schema: &schema.Schema{Description: "The value that was sent."}},
	})
	members := func(typ string) schema.Properties {
		return schema.Properties{
			{Name: typ, Schema: text("The type of the error, such as " + string(fault.ConnectionActionParamValidation) + ".")},
			{Name: "timestamp", Schema: &schema.Schema{Types: schema.Types{"integer"}, Format: "int64", Description: "Milliseconds since 1970."}},
			{Name: "key", Schema: text("The parameter that is to blame, if one is.")},
			{Name: "value", Schema: &schema.Schema{Description: "The value of the parameter."}},
			{Name: "errors", Schema: &schema.Schema{Types: schema.Types{"array"}, Items: field, Description: "All parameters that are wrong."}},
			{Name: "details", Schema: &schema.Schema{Description: "What the app says beyond the message."}},
			{Name: "stack", Schema: text("In development.")},
		}
	}
	body := object([]string{"message", "type", "timestamp"}, append(schema.Properties{{Name: "message", Schema: text("For people.")}}, members("type")...))
	problem := object([]string{"title", "status", "detail", "code", "timestamp"}, append(schema.Properties{
		{Name: "title", Schema: text("The name of the status.")},
		{Name: "status", Schema: &schema.Schema{Types: schema.Types{"integer"}}},
		{Name: "detail", Schema: text("For people.")},
	}, members("code")...))
	return schema.Properties{
		{Name: errorName, Schema: object([]string{"error"}, schema.Properties{{Name: "error", Schema: body}})},
		{Name: problemName, Schema: problem},
	}
}
