package openapi

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/apidoc"
)

// Source is what a document is made of.
type Source struct {
	// Actions are described if they have a route and HTTP reaches them.
	Actions []*action.Entry
	// Info describes the app. An empty Title is "API", an empty Version "0.0.0".
	Info Info
	// URL is where the routes of actions begin: "https://app.example/api". Empty: they
	// begin where the document is.
	URL string
	// Statuses are the HTTP statuses of errors by type. Nil: those of their types.
	Statuses fault.Statuses
	// SessionCookie is the name of the cookie that has the session. Empty: there are no
	// sessions.
	SessionCookie string
	// Bearer reports whether a bearer token may prove who is calling.
	Bearer bool
}

// Names of the security schemes.
const (
	sessionScheme = "session"
	bearerScheme  = "bearer"
)

// Describe makes the document.
func Describe(s Source) *Document {
	d := &Document{
		OpenAPI: Version, Info: s.Info, Paths: map[string]*PathItem{},
	}
	d.Info.Title, d.Info.Version = cmp.Or(d.Info.Title, "API"), cmp.Or(d.Info.Version, "0.0.0")
	if s.URL != "" {
		d.Servers = []Server{{s.URL}}
	}
	b := &builder{source: s, document: d, errors: newErrors(s.Statuses), tags: map[string]bool{}}
	for _, e := range s.Actions {
		if !e.Web.IsZero() && e.Reachable(connection.Web) {
			b.add(e)
		}
	}
	if b.login {
		d.Components.SecuritySchemes = s.schemes()
	}
	d.Components.Responses = b.errors.responses()
	d.Components.Schemas = schemasOf(b)
	for name := range b.tags {
		d.Tags = append(d.Tags, Tag{name})
	}
	slices.SortFunc(d.Tags, func(a, b Tag) int { return cmp.Compare(a.Name, b.Name) })
	return d
}

func (s Source) schemes() map[string]SecurityScheme {
	all := map[string]SecurityScheme{}
	if s.SessionCookie != "" {
		all[sessionScheme] = SecurityScheme{Type: "apiKey", In: "cookie", Name: s.SessionCookie, Description: "The session of a signed-in user."}
	}
	if s.Bearer {
		all[bearerScheme] = SecurityScheme{Type: "http", Scheme: "bearer"}
	}
	return all
}

// builder makes a document.
type builder struct {
	source   Source
	document *Document
	errors   *errorResponses
	tags     map[string]bool
	login    bool        // some action asks for it
	in, out  schema.Defs // definitions of inputs and of results
	own      []component // request bodies that are components
}

// component is a schema with the name of its action.
type component struct {
	name   string
	schema *schema.Schema
}

func (b *builder) add(e *action.Entry) {
	path, method := pathOf(e.Web.Path), strings.ToLower(e.Web.Method)
	item := b.document.Paths[path]
	if item == nil {
		item = &PathItem{}
		b.document.Paths[path] = item
	}
	(*item)[method] = b.operation(e)
}

// pathOf returns a path in the pattern language of net/http as one of OpenAPI.
func pathOf(path string) string {
	path = strings.TrimSuffix(path, "{$}")
	return strings.ReplaceAll(path, "...}", "}")
}

func (b *builder) operation(e *action.Entry) *Operation {
	summary, _, _ := strings.Cut(e.Description, "\n")
	o := &Operation{
		Summary: cmp.Or(summary, e.Name), OperationID: e.Name, Transports: e.Transports(), Security: []map[string][]string{},
		Deprecated: e.Deprecated != "",
	}
	if summary != e.Description || e.Deprecated != "" {
		o.Description = strings.TrimSpace(e.Description + "\n\n" + e.Deprecated)
	}
	if group, _, found := strings.Cut(e.Name, ":"); found {
		o.Tags = []string{group}
		b.tags[group] = true
	}
	p := parametersOf(e, &b.in)
	o.Parameters, o.Responses = p.outside, b.errors.of(e, p)
	status, response := success(e, &b.out)
	o.Responses[status] = response
	name := apidoc.ComponentName(e.Name + "_Request")
	body, object := p.body(name)
	if o.RequestBody = body; object != nil {
		b.own = append(b.own, component{name, object})
	}
	b.secure(o, e.Guards())
	return o
}

// secure adds what guards ask for.
func (b *builder) secure(o *Operation, guards []action.Guard) {
	login, scopes := false, []string{}
	for _, g := range guards {
		o.Guards = append(o.Guards, g.Name)
		login = login || g.Login
		scopes = append(scopes, g.Scopes...)
		if len(g.Roles) > 0 {
			o.Roles = append(o.Roles, g.Roles)
		}
	}
	if !login {
		return
	}
	b.login = true
	slices.Sort(scopes)
	scopes = slices.Compact(scopes)
	if b.source.SessionCookie != "" {
		o.Security = append(o.Security, map[string][]string{sessionScheme: {}})
	}
	if b.source.Bearer {
		o.Security = append(o.Security, map[string][]string{bearerScheme: scopes})
	}
}

// hasBody reports whether requests of a method have parameters in their bodies.
func hasBody(method string) bool { return method != http.MethodGet && method != http.MethodHead }
