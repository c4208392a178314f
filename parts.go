package keryx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/lifecycle"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/web"
)

// Part is something that starts and stops with an app: an interface with the methods
// Name, DependsOn, Start and Stop. Optional ones, such as Commands, are in package part.
type Part = part.Part

// parts are those of an app.
type parts struct {
	list   []Part
	closed bool // the app has started
}

// add panics when the name of the part is empty or taken.
func (all *parts) add(p Part) {
	switch name := p.Name(); {
	case name == "":
		panic(fmt.Sprintf("keryx: a part of type %T has no name", p))
	case all.closed:
		panic(fmt.Sprintf("keryx: part %q: the app has started; add it before", name))
	case all.index(name) >= 0:
		panic(fmt.Sprintf("keryx: part %q: another part has the same name; Replace exchanges it", name))
	}
	all.list = append(all.list, p)
}

// replace panics when there is no part of the same name.
func (all *parts) replace(p Part) {
	i := all.index(p.Name())
	switch {
	case all.closed:
		panic(fmt.Sprintf("keryx: part %q: the app has started; replace it before", p.Name()))
	case i < 0:
		panic(fmt.Sprintf("keryx: part %q: there is none to replace; Use adds it", p.Name()))
	}
	all.list[i] = p
}

func (all *parts) index(name string) int {
	return slices.IndexFunc(all.list, func(p Part) bool { return p.Name() == name })
}

// inOrder returns the parts with "actions" after all others, but for those that depend
// on it: when it stops it waits for running actions, which may use any other part. It
// need not name those of the app.
func (all *parts) inOrder() []Part {
	list := slices.Clone(all.list)
	if i := all.index("actions"); i >= 0 {
		list = append(slices.Delete(list, i, i+1), all.list[i])
	}
	return list
}

// working returns the parts that do not serve clients.
func (all *parts) working() []Part {
	return slices.DeleteFunc(all.inOrder(), serves)
}

// all returns all parts, those that serve clients last: a client is served when
// everything else of the app is ready.
func (all *parts) all() []Part {
	some := all.working()
	for _, p := range all.list {
		if serves(p) {
			some = append(some, p)
		}
	}
	return some
}

// serves reports whether a part answers clients.
func serves(p Part) bool {
	s, ok := p.(part.Server)
	return ok && s.Serves()
}

// extend adds what a part brings.
func extend(api *API, p Part) {
	if p, ok := p.(action.Wrapper); ok {
		api.Actions.Use(p.Middleware()...)
	}
	if p, ok := p.(action.Provider); ok {
		p.Actions(api.Actions)
	}
	if p, ok := p.(channel.Provider); ok {
		for _, c := range p.Channels() {
			api.Channels.Handle(c)
		}
	}
	if p, ok := p.(part.Mounter); ok {
		for _, m := range p.Mounts() {
			api.Web.Mount(m)
		}
	}
	if p, ok := p.(part.Checker); ok {
		api.Web.AddCheck(web.Check{Name: p.Name(), Check: p.Ready})
	}
}

// withoutPart removes the name of the part from an error that says as much itself:
// "cannot connect to redis (…)".
func withoutPart(err error) error {
	var failed *lifecycle.Error
	if errors.As(err, &failed) && failed.Stop == nil && failed.Cause == nil && strings.HasPrefix(failed.Err.Error(), "cannot ") {
		return failed.Err
	}
	return err
}

// graph returns the parts in the order in which they start, each with those that it
// waits for: "redis → database → migrations (database) → web (actions, channels)".
func graph(parts []Part) string {
	ordered, err := lifecycle.Order(parts)
	if err != nil {
		return err.Error()
	}
	texts := make([]string, len(ordered))
	for i, p := range ordered {
		texts[i] = p.Name()
		if depends := p.DependsOn(); len(depends) > 0 {
			texts[i] += " (" + strings.Join(depends, ", ") + ")"
		}
	}
	return strings.Join(texts, " → ")
}
