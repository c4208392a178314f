package openapi

import (
	"slices"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/schema"
)

// parameters are the inputs of an action by where a request has them.
type parameters struct {
	outside []Parameter
	members []member       // of the object that is the body
	whole   *member        // the body itself; nil: there is none
	object  *schema.Schema // of all inputs
}

// member is an input in a body.
type member struct {
	input  action.Input
	schema *schema.Schema
}

// any reports whether the action has inputs.
func (p *parameters) any() bool { return p.outside != nil || p.members != nil || p.whole != nil }

// required reports whether the body must be sent.
func (p *parameters) required() bool {
	return slices.ContainsFunc(p.members, func(m member) bool { return m.input.Required })
}

// parametersOf returns those of an action, whose definitions go to d.
func parametersOf(e *action.Entry, d *schema.Defs) *parameters {
	p := &parameters{object: resolve(d, e.DescribeInput(d))}
	path := e.Web.PathParams()
	for _, in := range e.Inputs() {
		m := member{in, p.object.Properties.Find(in.Name)}
		switch {
		case in.In == "body":
			p.whole = &m
		case in.In != "":
			p.outside = append(p.outside, m.parameter(in.In, in.Source))
		case slices.Contains(path, in.Name):
			p.outside = append(p.outside, m.parameter("path", in.Name))
		case hasBody(e.Web.Method):
			p.members = append(p.members, m)
		default:
			p.outside = append(p.outside, m.parameter("query", in.Name))
		}
	}
	return p
}

// resolve returns the schema that a reference to a definition stands for.
func resolve(d *schema.Defs, s *schema.Schema) *schema.Schema {
	for s.Ref != "" {
		s = d.List().Find(s.Ref[len("#/$defs/"):])
	}
	return s
}

// parameter returns the input as a parameter outside of the body, where null cannot be
// sent.
func (m member) parameter(in, name string) Parameter {
	s := *m.schema
	p := Parameter{
		Name: name, In: in, Description: s.Description, Required: m.input.Required || in == "path", Deprecated: s.Deprecated, Schema: &s,
	}
	s.Description, s.Deprecated = "", false
	withoutNull(&s)
	if m.input.Type == "object" || m.input.Type == "any" || m.input.Type == "array" && (m.input.Items == "object" || m.input.Items == "any") {
		p.Schema, p.Content = nil, map[string]MediaType{"application/json": {&s}}
	}
	return p
}

// withoutNull takes null out of what a schema accepts.
func withoutNull(s *schema.Schema) {
	isNull := func(t string) bool { return t == schema.Null }
	s.Types = slices.DeleteFunc(slices.Clone(s.Types), isNull)
	s.Enum = slices.DeleteFunc(slices.Clone(s.Enum), func(v any) bool { return v == nil })
	if len(s.AnyOf) == 2 && len(s.AnyOf[1].Types) == 1 && isNull(s.AnyOf[1].Types[0]) {
		described, deprecated := s.Description, s.Deprecated
		*s = *s.AnyOf[0]
		s.Description, s.Deprecated = described, deprecated
	}
}

// body returns the body of an action's requests, or nil. The schema of one with several
// inputs is the component of that name.
func (p *parameters) body(name string) (*Body, *schema.Schema) {
	if p.whole != nil {
		return wholeBody(p.whole), nil
	}
	if len(p.members) == 0 {
		return nil, nil
	}
	object := &schema.Schema{Types: schema.Types{"object"}}
	files, flat := false, true
	for _, m := range p.members {
		object.Properties = append(object.Properties, schema.Property{Name: m.input.Name, Schema: m.schema})
		if m.input.Required {
			object.Required = append(object.Required, m.input.Name)
		}
		files = files || m.input.Type == "file" || m.input.Items == "file"
		flat = flat && m.input.Type != "object" && m.input.Type != "any" && m.input.Items != "object" && m.input.Items != "any"
	}
	ref := MediaType{&schema.Schema{Ref: "#/components/schemas/" + name}}
	content := map[string]MediaType{"application/json": ref}
	if files {
		content = map[string]MediaType{"multipart/form-data": ref}
	} else if flat {
		content["application/x-www-form-urlencoded"] = ref
	}
	return &Body{Required: p.required(), Content: content}, object
}

// wholeBody returns the body that is one input.
func wholeBody(m *member) *Body {
	types := m.input.ContentTypes
	switch {
	case types == nil && (m.input.Raw || m.input.Type == "file"):
		types = []string{"*/*"}
	case types == nil:
		types = []string{"application/json"}
	}
	body := &Body{Required: m.input.Required, Content: map[string]MediaType{}}
	for _, t := range types {
		if m.input.Raw || m.input.Type == "file" {
			body.Content[t] = MediaType{}
		} else {
			body.Content[t] = MediaType{m.schema}
		}
	}
	return body
}
