package action

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/internal/input"
	"github.com/keryx-go/keryx/internal/suggest"
)

// routes finds routes that conflict, at registration. It asks a ServeMux, because a
// ServeMux routes them later.
type routes struct {
	mux   *http.ServeMux
	taken []*Entry
}

func (r *routes) add(e *Entry, inputs []input.Field) error {
	if e.Web.IsZero() {
		return nil
	}
	if err := checkRoute(e.Web); err != nil {
		return fmt.Errorf("the route %q: %w", e.Web, err)
	}
	if err := parametersAreInputs(e.Web.Path, inputs); err != nil {
		return fmt.Errorf("route %s: %w", e.Web, err)
	}
	if err := bodyArrives(e.Web.Method, inputs); err != nil {
		return fmt.Errorf("route %s: %w", e.Web, err)
	}
	if r.mux == nil {
		r.mux = http.NewServeMux()
	}
	if err := register(r.mux, e.Web); err != nil {
		return r.conflict(e, err)
	}
	r.taken = append(r.taken, e)
	return nil
}

// conflict finds the action whose route conflicts with that of e.
func (r *routes) conflict(e *Entry, err error) error {
	if alone := register(http.NewServeMux(), e.Web); alone != nil {
		return fmt.Errorf("its route %s cannot be used: %w", e.Web, alone)
	}
	for _, other := range r.taken {
		mux := http.NewServeMux()
		if register(mux, other.Web) == nil && register(mux, e.Web) != nil {
			return fmt.Errorf("its route %s conflicts with %s of action %q", e.Web, other.Web, other.Name)
		}
	}
	return fmt.Errorf("its route %s conflicts with another: %w", e.Web, err)
}

// register returns the panic of a ServeMux as an error.
func register(mux *http.ServeMux, route Route) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	mux.Handle(route.String(), http.NotFoundHandler())
	return nil
}

func parametersAreInputs(path string, inputs []input.Field) error {
	known := map[string]input.Field{}
	var names []string
	for _, in := range inputs {
		known[in.Name] = in
		names = append(names, in.Name)
	}
	for _, name := range (Route{Path: path}).PathParams() {
		in, ok := known[name]
		switch {
		case in.In != "":
			return fmt.Errorf("the parameter {%s} is an input from the %s of a request", name, in.In)
		case !ok:
			return unknownParameter(name, names)
		case slices.Contains([]string{in.Type, in.Items}, "file"):
			return fmt.Errorf("the parameter {%s} is a file, which comes in the body of a request", name)
		case slices.Contains([]string{in.Type, in.Items}, "object"):
			return fmt.Errorf("the parameter {%s} is an object, which the text of a path cannot be", name)
		}
	}
	return nil
}

// bodyArrives returns an error for an input that comes in the body of a request, when
// the method has none.
func bodyArrives(method string, inputs []input.Field) error {
	if method != http.MethodGet {
		return nil
	}
	for _, in := range inputs {
		switch {
		case in.In == input.InBody:
			return fmt.Errorf("the input %s is the body of the request, and a GET has none; use POST or PUT", in.Name)
		case in.Type == "file" || in.Items == "file":
			return fmt.Errorf("the input %s is a file, and a GET has no body; use POST or PUT", in.Name)
		}
	}
	return nil
}

// unknownParameter is the error for a parameter of a path that is no input.
func unknownParameter(name string, inputs []string) error {
	if near := suggest.Closest(name, inputs); len(near) > 0 {
		return fmt.Errorf("the parameter {%s} is no input of the action; did you mean {%s}?", name, near[0])
	}
	if len(inputs) == 0 {
		return fmt.Errorf("the parameter {%s} is no input of the action, which has none: add a field with the tag `json:%q` to its input", name, name)
	}
	return fmt.Errorf("the parameter {%s} is no input of the action; its inputs are %s", name, strings.Join(inputs, ", "))
}
