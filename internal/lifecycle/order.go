package lifecycle

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/internal/suggest"
	"github.com/keryx-go/keryx/part"
)

// Order sorts parts so that each comes after those that it depends on; among those
// that could come next, the first one given does. It returns an error that names
// the parts when two have the same name, one depends on a part that does not
// exist, or some depend on each other.
func Order(parts []part.Part) ([]part.Part, error) {
	if err := check(parts); err != nil {
		return nil, err
	}
	rest := slices.Clone(parts)
	ordered := make([]part.Part, 0, len(parts))
	done := map[string]bool{}
	for len(rest) > 0 {
		next := slices.IndexFunc(rest, func(p part.Part) bool {
			return !slices.ContainsFunc(p.DependsOn(), func(name string) bool { return !done[name] })
		})
		if next < 0 {
			return nil, fmt.Errorf("these parts wait for each other: %s; remove one of their DependsOn", cycle(rest))
		}
		done[rest[next].Name()] = true
		ordered = append(ordered, rest[next])
		rest = slices.Delete(rest, next, next+1)
	}
	return ordered, nil
}

// Closure returns the named parts and those that they depend on, in the order in
// which they were given. It returns an error when a part does not exist.
func Closure(parts []part.Part, names ...string) ([]part.Part, error) {
	if err := check(parts); err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		if wanted[name] {
			continue
		}
		wanted[name] = true
		i := slices.IndexFunc(parts, func(p part.Part) bool { return p.Name() == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no part %q", name)
		}
		names = append(slices.Clone(parts[i].DependsOn()), names...)
	}
	return slices.DeleteFunc(slices.Clone(parts), func(p part.Part) bool { return !wanted[p.Name()] }), nil
}

func check(parts []part.Part) error {
	names := map[string]bool{}
	for _, p := range parts {
		name := p.Name()
		if name == "" {
			return errors.New("a part has no name")
		}
		if names[name] {
			return fmt.Errorf("two parts are named %q", name)
		}
		names[name] = true
	}
	for _, p := range parts {
		for _, d := range p.DependsOn() {
			if !names[d] {
				return fmt.Errorf("part %q depends on %q, which does not exist%s", p.Name(), d, meant(d, names))
			}
		}
	}
	return nil
}

// cycle follows dependencies until a name repeats, and returns the path as text.
// Every part of rest depends on another part of rest, so one does.
func cycle(rest []part.Part) string {
	blocked := map[string]part.Part{}
	for _, p := range rest {
		blocked[p.Name()] = p
	}
	var path []string
	for p := rest[0]; ; {
		if i := slices.Index(path, p.Name()); i >= 0 {
			return strings.Join(append(path[i:], p.Name()), " → ")
		}
		path = append(path, p.Name())
		i := slices.IndexFunc(p.DependsOn(), func(name string) bool { return blocked[name] != nil })
		p = blocked[p.DependsOn()[i]]
	}
}

// meant suggests the part that a mistyped name may have meant.
func meant(typed string, names map[string]bool) string {
	if near := suggest.Closest(typed, slices.Sorted(maps.Keys(names))); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", near[0])
	}
	return ""
}
