package input

import "github.com/keryx-go/keryx/internal/strictjson"

// shapes are those of the structs of a plan, by struct, because a struct may contain
// itself.
type shapes map[*object]*strictjson.Shape

// shaper returns which members of JSON values a part wants; nil: all of them.
type shaper func(s shapes) *strictjson.Shape

// of returns the shape of a part's values.
func (s shapes) of(p part) *strictjson.Shape {
	if p.shape == nil {
		return nil
	}
	return p.shape(s)
}

// object returns the shape of a struct.
func (s shapes) object(o *object) *strictjson.Shape {
	if known := s[o]; known != nil {
		return known
	}
	shape := &strictjson.Shape{Members: make(map[string]*strictjson.Shape, len(o.fields))}
	s[o] = shape
	for _, f := range o.fields {
		shape.Members[f.Name] = s.of(f.part)
	}
	return shape
}

// shapeOfEach is the shaper of a list or a map.
func shapeOfEach(element part) shaper {
	if element.shape == nil {
		return nil
	}
	return func(s shapes) *strictjson.Shape { return &strictjson.Shape{Each: element.shape(s)} }
}
