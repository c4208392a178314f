package channel

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxName is the longest name that a client may use, in bytes.
const maxName = 200

// registry is the definitions of a hub. It is never changed, so that looking
// up takes no lock.
type registry struct {
	list     []*definition
	exact    map[string]*definition
	patterns map[int][]*definition // by the number of their segments
}

// definition is a channel, ready to be joined.
type definition struct {
	Channel
	segments []segment
	decide   Handler // the middleware around Authorize
}

// with returns a registry that has the channel too, and panics when it cannot.
func (r *registry) with(c Channel) *registry {
	segments, err := parse(c.Name)
	if err != nil {
		panic(fmt.Sprintf("keryx: channel %q: %v", c.Name, err))
	}
	if err := c.History.check(); err != nil {
		panic(fmt.Sprintf("keryx: channel %q: %v", c.Name, err))
	}
	c.Middleware, c.Guards = slices.Clone(c.Middleware), slices.Clone(c.Guards)
	d := &definition{Channel: c, segments: segments, decide: c.Authorize}
	if d.decide == nil {
		d.decide = allowAll
	}
	for _, m := range slices.Backward(c.Middleware) {
		d.decide = m(d.decide)
	}
	if len(c.Guards) > 0 {
		d.decide = newGuarded(c, d.decide).decide
	}

	next := &registry{append(slices.Clip(r.list), d), maps.Clone(r.exact), maps.Clone(r.patterns)}
	if next.exact == nil {
		next.exact, next.patterns = map[string]*definition{}, map[int][]*definition{}
	}
	if !slices.ContainsFunc(segments, segment.open) {
		if next.exact[c.Name] != nil {
			panic(fmt.Sprintf("keryx: channel %q is defined twice", c.Name))
		}
		next.exact[c.Name] = d
		return next
	}
	similar := r.patterns[len(segments)]
	for _, other := range similar {
		if overlap(segments, other.segments) {
			panic(fmt.Sprintf("keryx: channels %q and %q fit the same names: tell them apart by some text outside the placeholders",
				other.Name, c.Name))
		}
	}
	next.patterns[len(segments)] = append(slices.Clip(similar), d)
	return next
}

// find returns the definition for a name and what its placeholders stand for.
func (r *registry) find(name string) (*definition, *Join) {
	if d := r.exact[name]; d != nil {
		return d, &Join{Channel: &d.Channel, Name: name}
	}
	parts := strings.Split(name, ":")
	for _, d := range r.patterns[len(parts)] {
		if params := match(d.segments, parts); params != nil {
			return d, &Join{Channel: &d.Channel, Name: name, Params: params}
		}
	}
	return nil, nil
}

func (r *registry) all() []Channel {
	all := make([]Channel, len(r.list))
	for i, d := range r.list {
		all[i] = d.Channel
		all[i].Middleware, all[i].Guards = slices.Clone(d.Middleware), slices.Clone(d.Guards)
	}
	return all
}

// valid reports whether clients may use a name: 1 to 200 letters, digits and
// any of ":._-".
func valid(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for i := range len(name) {
		if !validByte(name[i]) {
			return false
		}
	}
	return true
}

func validByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == ':' || c == '.' || c == '_' || c == '-'
}
