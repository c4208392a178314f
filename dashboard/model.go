package dashboard

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// model is what the pages show.
type model struct {
	Title, Version, Description, Route string
	Groups                             []group
	Channels                           []room
	Actions                            int
}

// group is the actions whose names begin alike.
type group struct {
	Name    string
	Entries []entry
}

// describe makes the model of an app.
func describe(o Options, route string, d *document) *model {
	m := &model{Title: d.Info.Title, Version: d.Info.Version, Description: d.Info.Description, Route: route}
	ids := identifiers{"search": true, "found": true, "content": true}
	entries := slices.Clone(o.Actions.All())
	slices.SortStableFunc(entries, func(a, b *action.Entry) int {
		return cmp.Or(cmp.Compare(groupOf(a.Name), groupOf(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	for _, e := range entries {
		if name := groupOf(e.Name); len(m.Groups) == 0 || m.Groups[len(m.Groups)-1].Name != name {
			m.Groups = append(m.Groups, group{Name: name})
		}
		last := &m.Groups[len(m.Groups)-1]
		last.Entries = append(last.Entries, entryOf(e, !o.NoWebSocket, d, ids))
		m.Actions++
	}
	if o.Channels != nil && !o.NoWebSocket {
		for _, c := range o.Channels.All() {
			m.Channels = append(m.Channels, roomOf(c, ids))
		}
	}
	return m
}

// groupOf returns what stands before the colon of an action's name.
func groupOf(name string) string {
	if before, _, found := strings.Cut(name, ":"); found {
		return before
	}
	return "other"
}

// identifiers makes the names of elements, each once.
type identifiers map[string]bool

// of returns a name for something with a name.
func (ids identifiers) of(kind, name string) string {
	id := kind + "-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name)
	for ids[id] {
		id += "-"
	}
	ids[id] = true
	return id
}

// entryOf describes an action.
func entryOf(e *action.Entry, webSocket bool, d *document, ids identifiers) entry {
	in := e.InputSchema()
	v := entry{
		ID: ids.of("action", e.Name), Name: e.Name, Description: e.Description, Deprecated: e.Deprecated,
		Open: len(action.Open([]*action.Entry{e})) > 0,
	}
	for _, g := range e.Guards() {
		if action.Known([]action.Guard{g}) {
			v.Callers = append(v.Callers, g.Name)
		} else {
			v.Checks = append(v.Checks, g.Name)
		}
	}
	path := e.Web.PathParams()
	for _, input := range e.Inputs() {
		v.Inputs = append(v.Inputs, rowOf(ids.of(v.ID, input.Name), e, input, path, in))
	}
	if out := e.OutputSchema(); out != nil {
		v.Result = shape(out, out.Defs)
	}
	overHTTP := !e.Web.IsZero() && e.Reachable(connection.Web)
	overSocket := e.Reachable(connection.WebSocket) && webSocket
	if overHTTP {
		v.Method, v.Path, v.Try = e.Web.Method, d.base()+e.Web.Path, "http"
		v.Faces = append(v.Faces, face{"HTTP", "", curl(e, d.origin()+v.Path, in)})
		v.Errors = d.errorsOf(e)
	}
	if overSocket {
		v.Try = cmp.Or(v.Try, "websocket")
		v.Faces = append(v.Faces, face{"WebSocket", "", message(e, in)})
	}
	if e.Reachable(connection.CLI) {
		v.Faces = append(v.Faces, face{"Command line", "", command(d.Info.Title, e, in)})
	}
	if v.Faces == nil {
		v.Faces = []face{{Name: "Go", Note: "No client reaches it: it is for the app itself."}}
	}
	v.Search = strings.ToLower(strings.Join([]string{e.Name, e.Description, v.Method, v.Path, strings.Join(v.Callers, " ")}, " "))
	return v
}
