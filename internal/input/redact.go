package input

// redactor returns a raw parameter with its secrets replaced. A nil redactor returns it
// as it is.
type redactor func(raw any) any

func (r redactor) show(raw any) any {
	if r == nil {
		return raw
	}
	return r(raw)
}

// Redact returns the parameters that the plan asks for, with [Redacted] in
// place of every secret. Parameters without a field are left out: one
// of them may be a password with a misspelt name. A single text is returned as a string.
func (p *Plan) Redact(params map[string]any) map[string]any {
	return p.object.redact(params)
}

// Echo returns what params has for a field as an error repeats it: redacted,
// and cut when it is long. It is nil when nothing was sent or there is no such
// field.
func (p *Plan) Echo(params map[string]any, name string) any {
	for _, f := range p.object.fields {
		if raw, ok := params[name]; ok && f.Name == name {
			return echo(f.redact(raw))
		}
	}
	return nil
}

func (o *object) redact(params map[string]any) map[string]any {
	out := make(map[string]any, len(o.fields))
	for _, f := range o.fields {
		if raw, ok := params[f.Name]; ok {
			out[f.Name] = f.redact(raw)
		}
	}
	return out
}

func (f *field) redact(raw any) any {
	switch {
	case f.Secret:
		return Redacted
	case f.hidden != nil:
		return f.hidden(raw)
	}
	return plain(raw)
}

func plain(raw any) any {
	switch v := raw.(type) {
	case Text:
		if len(v) == 1 {
			return v[0]
		}
		return []string(v)
	}
	return raw
}

func redactObject(o *object) redactor {
	return func(raw any) any {
		switch v := raw.(type) {
		case map[string]any:
			return o.redact(v)
		case Text: // an object written as text: it is read only when it is bound
			if len(v) == 1 {
				if m, err := ParseObject([]byte(v[0])); err == nil {
					return o.redact(m)
				}
			}
		case nil:
			return nil
		}
		if o.guarded { // who knows what is in it
			return Redacted
		}
		return plain(raw)
	}
}

func redactList(item redactor) redactor {
	if item == nil {
		return nil
	}
	return func(raw any) any {
		n, at, ok := elements(raw)
		switch {
		case raw == nil:
			return nil
		case !ok:
			return item(raw)
		}
		out := make([]any, n)
		for i := range out {
			out[i] = item(at(i))
		}
		return out
	}
}

func redactDictionary(value redactor) redactor {
	if value == nil {
		return nil
	}
	return func(raw any) any {
		var m map[string]any
		switch v := raw.(type) {
		case map[string]any:
			m = v
		case Text:
			if len(v) == 1 {
				m, _ = ParseObject([]byte(v[0]))
			}
		}
		if m == nil {
			return value(raw)
		}
		out := make(map[string]any, len(m))
		for key, v := range m {
			out[key] = value(v)
		}
		return out
	}
}
