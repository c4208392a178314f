package input

// redactor returns a raw parameter with its secrets replaced. A nil redactor returns it
// unchanged.
type redactor func(raw any) any

func (r redactor) show(raw any) any {
	if r == nil {
		return raw
	}
	return r(raw)
}
