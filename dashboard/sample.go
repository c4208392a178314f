package dashboard

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/schema"
)

// deepest bounds the values of samples: types may contain themselves.
const deepest = 4

// sample returns a value that a schema accepts, as far as its rules can be met without
// knowing the app.
func sample(s *schema.Schema, defs schema.Properties, depth int) any {
	s = resolve(s, defs)
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AnyOf) > 0:
		return sample(s.AnyOf[0], defs, depth)
	case depth > deepest:
		return nil
	case s.Items != nil:
		return []any{sample(s.Items, defs, depth+1)}
	case len(s.Properties) > 0:
		o := object{}
		for _, p := range s.Properties {
			if slices.Contains(s.Required, p.Name) {
				o = append(o, member{p.Name, sample(p.Schema, defs, depth+1)})
			}
		}
		return o
	}
	return plain(s)
}

// plain returns a sample of a type without parts.
func plain(s *schema.Schema) any {
	is := func(t string) bool { return slices.Contains(s.Types, t) }
	switch {
	case is("integer") || is("number"):
		if s.Minimum != "" {
			return s.Minimum
		}
		return json.Number("1")
	case is("boolean"):
		return true
	case is("object"):
		return object{}
	}
	switch s.Format {
	case "date-time":
		return "2026-01-31T12:00:00Z"
	case "date":
		return "2026-01-31"
	case "time":
		return "12:00:00Z"
	case "email":
		return "ada@example.com"
	case "uri":
		return "https://example.com"
	case "uuid":
		return "123e4567-e89b-42d3-a456-426614174000"
	case "duration":
		return "1m"
	}
	text := "text"
	if s.MinLength != nil && *s.MinLength > len(text) {
		text = strings.Repeat("text ", *s.MinLength/5+1)[:*s.MinLength]
	}
	if s.MaxLength != nil && *s.MaxLength < len(text) {
		text = text[:*s.MaxLength]
	}
	return text
}

// object is a JSON object whose members have an order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encode(m.name))
		b.WriteByte(':')
		b.Write(encode(m.value))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode returns JSON for people: < and > stand for themselves.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null")
	}
	return bytes.TrimSpace(b.Bytes())
}

// text returns a sample as it stands in a URL, a header or a flag.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	encoded := encode(v)
	var s string
	if json.Unmarshal(encoded, &s) == nil {
		return s
	}
	return string(encoded)
}

// quote returns an argument for a shell.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(shellSafe, r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

const shellSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@,"

// curl returns a command that calls an action over HTTP.
func curl(e *action.Entry, address string, in *schema.Schema) string {
	args := []string{"curl"}
	if e.Web.Method != "GET" {
		args = append(args, "-X", e.Web.Method)
	}
	path, query := e.Web.PathParams(), url.Values{}
	var body object
	var form, more []string
	for _, input := range e.Inputs() {
		v := sample(resolve(in, in.Defs).Properties.Find(input.Name), in.Defs, 0)
		isFile := input.Type == "file" || input.Items == "file"
		switch {
		case slices.Contains(path, input.Name):
			address = strings.NewReplacer("{"+input.Name+"}", url.PathEscape(text(v)), "{"+input.Name+"...}", text(v)).Replace(address)
		case !input.Required && !isFile:
		case input.In == "header":
			more = append(more, "-H", input.Source+": "+text(v))
		case input.In == "cookie":
			more = append(more, "-b", input.Source+"="+text(v))
		case input.In == "body" && (input.Raw || isFile):
			more = append(more, "--data-binary", "@file")
		case input.In == "body":
			more = append(more, "--json", string(encode(v)))
		case isFile:
			form = append(form, "-F", input.Name+"=@file")
		case !hasBody(e.Web.Method):
			query.Set(input.Name, text(v))
		default:
			body = append(body, member{input.Name, v})
		}
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	args = append(append(args, address), more...)
	switch {
	case form != nil:
		args = append(args, form...)
		for _, m := range body {
			args = append(args, "-F", m.name+"="+text(m.value))
		}
	case body != nil:
		args = append(args, "--json", string(encode(body)))
	}
	return join(args)
}

// join quotes arguments, a line each where there are many.
func join(args []string) string {
	var b strings.Builder
	for i, a := range args {
		switch {
		case i == 0:
		case i > 1 && strings.HasPrefix(a, "-") && b.Len() > 60:
			b.WriteString(" \\\n  ")
		default:
			b.WriteByte(' ')
		}
		b.WriteString(quote(a))
	}
	return b.String()
}

// message returns what calls an action over a WebSocket.
func message(e *action.Entry, in *schema.Schema) string {
	o := object{{"messageType", "action"}, {"action", e.Name}, {"messageId", 1}}
	if params, ok := sample(in, in.Defs, 0).(object); ok && len(params) > 0 {
		o = append(o, member{"params", params})
	}
	return string(encode(o))
}

func subscribeMessage(channel string) string {
	return string(encode(object{{"messageType", "subscribe"}, {"channel", channel}, {"messageId", 1}}))
}

// command returns what calls an action on the command line.
func command(program string, e *action.Entry, in *schema.Schema) string {
	args := []string{program, e.Name}
	for _, input := range e.Inputs() {
		if !input.Required {
			continue
		}
		value := "file"
		if input.Type != "file" && input.Items != "file" {
			value = text(sample(resolve(in, in.Defs).Properties.Find(input.Name), in.Defs, 0))
		}
		args = append(args, "--"+input.Name, value)
	}
	return join(args)
}
