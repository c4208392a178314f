// Package openapi describes the actions of an app as an OpenAPI 3.1 document. It is made
// of the registry: the schemas of parameters come from the plan that binds them, those of
// results from their Go types, the security from what guards an action.
//
// Every app serves its document and has the command `openapi`, which prints it. [Describe]
// makes the document alone.
package openapi

import (
	"encoding/json"

	"github.com/keryx-go/keryx/action/schema"
)

// Version is the version of OpenAPI that documents have.
const Version = "3.1.0"

// Document is an OpenAPI document. Encode it with encoding/json: the same actions make the
// same bytes.
type Document struct {
	OpenAPI    string               `json:"openapi"`
	Info       Info                 `json:"info"`
	Servers    []Server             `json:"servers,omitempty"`
	Tags       []Tag                `json:"tags,omitempty"`
	Paths      map[string]*PathItem `json:"paths"`
	Components Components           `json:"components"`
}

// Info describes the app.
type Info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description,omitempty"`
}

// Server is where the paths begin.
type Server struct {
	URL string `json:"url"`
}

// Tag groups operations.
type Tag struct {
	Name string `json:"name"`
}

// PathItem has the operations of a path, by their methods in lower case.
type PathItem map[string]*Operation

// Operation is an action.
type Operation struct {
	Tags        []string    `json:"tags,omitempty"`
	Summary     string      `json:"summary,omitempty"`
	Description string      `json:"description,omitempty"`
	OperationID string      `json:"operationId"`
	Parameters  []Parameter `json:"parameters,omitempty"`
	RequestBody *Body       `json:"requestBody,omitempty"`
	// Responses are by status, or "default".
	Responses  map[string]*Response `json:"responses"`
	Deprecated bool                 `json:"deprecated,omitempty"`
	// Security has the alternatives of which a caller needs one. Empty: none.
	Security []map[string][]string `json:"security"`
	// Guards are what the middleware of the action asks of callers.
	Guards []string `json:"x-keryx-guards,omitempty"`
	// Roles are the roles of which the caller must have one, for each guard that names
	// some.
	Roles [][]string `json:"x-keryx-roles,omitempty"`
	// Transports are those that reach the action.
	Transports []string `json:"x-keryx-transports,omitempty"`
}

// Parameter is a parameter outside of the body.
type Parameter struct {
	Name        string `json:"name"`
	In          string `json:"in"`
	Description string `json:"description,omitempty"`
	Required    bool   `json:"required,omitempty"`
	Deprecated  bool   `json:"deprecated,omitempty"`
	// Schema or Content: the second is for values that are JSON text.
	Schema  *schema.Schema       `json:"schema,omitempty"`
	Content map[string]MediaType `json:"content,omitempty"`
}

// Body is the body of a request.
type Body struct {
	Required bool                 `json:"required,omitempty"`
	Content  map[string]MediaType `json:"content"`
}

// MediaType is a body of one media type. A nil Schema allows everything.
type MediaType struct {
	Schema *schema.Schema `json:"schema,omitempty"`
}

// Response is a response, or a reference to one of the components.
type Response struct {
	Ref         string               `json:"$ref,omitempty"`
	Description string               `json:"description,omitempty"`
	Content     map[string]MediaType `json:"content,omitempty"`
}

// Components are what operations refer to.
type Components struct {
	Schemas         schema.Properties         `json:"schemas,omitempty"`
	Responses       map[string]*Response      `json:"responses,omitempty"`
	SecuritySchemes map[string]SecurityScheme `json:"securitySchemes,omitempty"`
}

// SecurityScheme is a way to prove who is calling.
type SecurityScheme struct {
	Type        string `json:"type"`
	In          string `json:"in,omitempty"`
	Name        string `json:"name,omitempty"`
	Scheme      string `json:"scheme,omitempty"`
	Description string `json:"description,omitempty"`
}

// JSON returns the document as indented JSON, with a newline at its end.
func (d *Document) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}
