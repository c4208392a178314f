package strictjson

// Shape says which members of objects are wanted. Nil wants everything.
type Shape struct {
	// Members are the wanted members of an object. Nil wants all of them, each in the
	// shape of Each.
	Members map[string]*Shape
	// Each is the shape of the elements of an array, and of the members of an object
	// without Members.
	Each *Shape
}

// member returns the key of an object's member, its shape, and whether it is wanted.
func (s *Shape) member(quoted Value) (key string, shape *Shape, wanted bool) {
	switch {
	case s == nil:
		return unquote(quoted), nil, true
	case s.Members == nil:
		return unquote(quoted), s.Each, true
	case isPlain(quoted):
		shape, wanted = s.Members[string(quoted[1:len(quoted)-1])] // without an allocation
		if wanted {
			key = unquote(quoted)
		}
		return key, shape, wanted
	}
	key = unquote(quoted)
	shape, wanted = s.Members[key]
	return key, shape, wanted
}

func (s *Shape) element() *Shape {
	if s == nil {
		return nil
	}
	return s.Each
}
