package client

import (
	"cmp"
	"net/http"
	"reflect"
	"slices"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/apidoc"
	"github.com/keryx-go/keryx/stream"
)

// model is an app as its clients see it.
type model struct {
	calls    []*call // by name
	channels []*feed // by name
	types    schema.Properties
}

// call is an action.
type call struct {
	*action.Entry
	http, socket bool // what reaches it
	params       []param
	result       kind
	value        *schema.Schema // of a result that is a value
}

// kind is the kind of a result.
type kind string

const (
	kindValue    kind = "value"
	kindNone     kind = "none"
	kindEvents   kind = "events"
	kindStream   kind = "stream"
	kindResponse kind = "response" // what the action writes itself
)

// param is an input of an action.
type param struct {
	action.Input
	schema *schema.Schema
	place  string // "path", "query", "member" of the body, "header", "cookie" or "body"
}

// isFile reports whether the parameter is sent as a file: one, or a list of them.
func (p *param) isFile() bool { return p.Type == "file" || p.Items == "file" }

// isBytes reports whether the parameter is a body that is not JSON.
func (p *param) isBytes() bool { return p.place == "body" && (p.Raw || p.Type == "file") }

// mediaType returns that of a body that is not JSON.
func (p *param) mediaType() string {
	if len(p.ContentTypes) > 0 && !slices.Contains([]byte(p.ContentTypes[0]), '*') {
		return p.ContentTypes[0]
	}
	return "application/octet-stream"
}

// feed is a channel.
type feed struct {
	channel.Channel
	message *schema.Schema
}

// describe returns the model of an app: with what HTTP reaches alone, or with WebSockets.
func describe(o Options, sockets bool) *model {
	m := &model{}
	var in, out schema.Defs
	for _, e := range o.Actions.All() {
		c := &call{Entry: e, http: !e.Web.IsZero() && e.Reachable(connection.Web), socket: sockets && !o.NoWebSocket && e.Reachable(connection.WebSocket)}
		if c.http || c.socket {
			c.params = paramsOf(e, &in)
			c.result, c.value = resultOf(e, &out)
			m.calls = append(m.calls, c)
		}
	}
	slices.SortFunc(m.calls, func(a, b *call) int { return cmp.Compare(a.Name, b.Name) })
	if sockets && !o.NoWebSocket && o.Channels != nil {
		for _, c := range o.Channels.All() {
			f := &feed{c, &schema.Schema{}}
			if c.Sends != nil {
				f.message = schema.OfType(c.Sends, &out)
			}
			m.channels = append(m.channels, f)
		}
	}
	slices.SortFunc(m.channels, func(a, b *feed) int { return cmp.Compare(a.Name, b.Name) })
	m.name(&in, &out)
	return m
}

// name gives the types the names that they have in the documents, too.
func (m *model) name(in, out *schema.Defs) {
	inNames, outNames := apidoc.Names(in.List(), out.List(), map[string]bool{})
	var roots []*schema.Schema
	for _, c := range m.calls {
		for i := range c.params {
			c.params[i].schema = apidoc.Renamed(c.params[i].schema, inNames)
			roots = append(roots, c.params[i].schema)
		}
		c.value = apidoc.Renamed(c.value, outNames)
		roots = append(roots, c.value)
	}
	for _, f := range m.channels {
		f.message = apidoc.Renamed(f.message, outNames)
		roots = append(roots, f.message)
	}
	m.types = apidoc.Reachable(apidoc.Sorted(apidoc.Components(in, out, inNames, outNames)), roots)
}

// paramsOf returns the inputs of an action.
func paramsOf(e *action.Entry, d *schema.Defs) []param {
	s := e.DescribeInput(d)
	for s.Ref != "" {
		s = d.List().Find(s.Ref[len("#/$defs/"):])
	}
	var all []param
	for _, in := range e.Inputs() {
		p := param{in, s.Properties.Find(in.Name), in.In}
		switch {
		case in.In != "":
		case slices.Contains(e.Web.PathParams(), in.Name):
			p.place, p.Required = "path", true
		case e.Web.Method == http.MethodGet || e.Web.Method == http.MethodHead:
			p.place = "query"
		default:
			p.place = "member"
		}
		all = append(all, p)
	}
	return all
}

var (
	noContent = reflect.TypeFor[action.NoContent]()
	streams   = reflect.TypeFor[action.Stream]()
	events    = reflect.TypeFor[*stream.EventStream]()
	handlers  = reflect.TypeFor[http.Handler]()
)

// resultOf returns what an action returns.
func resultOf(e *action.Entry, d *schema.Defs) (kind, *schema.Schema) {
	switch out := e.Result(); {
	case out == noContent, e.Status == http.StatusNoContent:
		return kindNone, nil
	case out == nil:
		return kindValue, &schema.Schema{}
	case out == events:
		return kindEvents, nil
	case out.Implements(streams):
		return kindStream, nil
	case out.Implements(handlers):
		return kindResponse, nil
	default:
		return kindValue, schema.OfType(out, d)
	}
}
