package apidoc

import (
	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/fault"
)

// Text returns the schema of a text.
func Text(doc string) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"string"}, Description: doc}
}

// Const returns the schema of one text.
func Const(text string) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"string"}, Enum: []any{text}}
}

// Object returns the schema of an object.
func Object(required []string, p schema.Properties) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"object"}, Properties: p, Required: required}
}

// Error returns the schema of the error object of the wire, as package fault encodes it.
func Error() *schema.Schema {
	return Object([]string{"message", "type", "timestamp"}, append(schema.Properties{{Name: "message", Schema: Text("For people.")}}, members("type")...))
}

// Problem returns the schema of an error as RFC 9457 has it.
func Problem() *schema.Schema {
	return Object([]string{"title", "status", "detail", "code", "timestamp"}, append(schema.Properties{
		{Name: "title", Schema: Text("The name of the status.")},
		{Name: "status", Schema: &schema.Schema{Types: schema.Types{"integer"}}},
		{Name: "detail", Schema: Text("For people.")},
	}, members("code")...))
}

// members are what both have. The type of the error has the name typ.
func members(typ string) schema.Properties {
	field := Object([]string{"message"}, schema.Properties{
		{Name: "message", Schema: Text("What is wrong.")},
		{Name: "key", Schema: Text("The parameter.")},
		{Name: "value", Schema: &schema.Schema{Description: "The value that was sent."}},
	})
	return schema.Properties{
		{Name: typ, Schema: Text("The type of the error, such as " + string(fault.ConnectionActionParamValidation) + ".")},
		{Name: "timestamp", Schema: &schema.Schema{Types: schema.Types{"integer"}, Format: "int64", Description: "Milliseconds since 1970."}},
		{Name: "key", Schema: Text("The parameter that is to blame, if one is.")},
		{Name: "value", Schema: &schema.Schema{Description: "The value of the parameter."}},
		{Name: "errors", Schema: &schema.Schema{Types: schema.Types{"array"}, Items: field, Description: "All parameters that are wrong."}},
		{Name: "details", Schema: &schema.Schema{Description: "What the app says beyond the message."}},
		{Name: "stack", Schema: Text("In development.")},
	}
}
