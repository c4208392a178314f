package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Order sorts steps so that each comes after those it depends on; among those
// that could come next, the one given first does. It returns an error that
// names the steps when two have the same name, one depends on a step that is
// not there, or some wait for each other.
func Order(steps []Step) ([]Step, error) {
	if err := check(steps); err != nil {
		return nil, err
	}
	rest := slices.Clone(steps)
	ordered := make([]Step, 0, len(steps))
	done := map[string]bool{}
	for len(rest) > 0 {
		next := slices.IndexFunc(rest, func(s Step) bool {
			return !slices.ContainsFunc(s.DependsOn, func(d string) bool { return !done[d] })
		})
		if next < 0 {
			return nil, fmt.Errorf("these wait for each other: %s", cycle(rest))
		}
		done[rest[next].Name] = true
		ordered = append(ordered, rest[next])
		rest = slices.Delete(rest, next, next+1)
	}
	return ordered, nil
}

func check(steps []Step) error {
	names := map[string]bool{}
	for _, s := range steps {
		if s.Name == "" {
			return errors.New("an initializer has no name")
		}
		if names[s.Name] {
			return fmt.Errorf("two initializers are named %q", s.Name)
		}
		names[s.Name] = true
	}
	for _, s := range steps {
		for _, d := range s.DependsOn {
			if !names[d] {
				return fmt.Errorf("initializer %q depends on %q, which does not exist", s.Name, d)
			}
		}
	}
	return nil
}

// cycle walks from step to step until it comes round. Every step of rest
// depends on another one of rest, so it must.
func cycle(rest []Step) string {
	blocked := map[string]Step{}
	for _, s := range rest {
		blocked[s.Name] = s
	}
	var path []string
	for s := rest[0]; ; {
		if i := slices.Index(path, s.Name); i >= 0 {
			return strings.Join(append(path[i:], s.Name), " → ")
		}
		path = append(path, s.Name)
		i := slices.IndexFunc(s.DependsOn, func(d string) bool { _, ok := blocked[d]; return ok })
		s = blocked[s.DependsOn[i]]
	}
}

// grace is what a step gets to notice that its context has ended.
func grace() <-chan time.Time { return time.After(100 * time.Millisecond) }
