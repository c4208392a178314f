package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/keryx-go/keryx/action/schema"
)

// mark returns a text behind a mark, and "" for no text.
func mark(mark, text string) string {
	if text == "" {
		return ""
	}
	return mark + text
}

// noted returns what a comment says of a value beyond its description.
func noted(s *schema.Schema) string {
	var notes []string
	if s.ContentEncoding == "base64" {
		notes = append(notes, "In base64.")
	}
	if s.Default != nil {
		notes = append(notes, "Default: "+string(s.Default)+".")
	}
	if s.Deprecated {
		notes = append(notes, "\n@deprecated")
	}
	return strings.TrimSpace(strings.Join(notes, " "))
}

// placeholders returns the type of the placeholders of a channel.
func placeholders(f *feed) string {
	names := f.Placeholders()
	if len(names) == 0 {
		return "Record<string, never>"
	}
	var members []string
	for _, name := range names {
		members = append(members, key(name)+": string | number")
	}
	return "{ " + strings.Join(members, "; ") + " }"
}

// routeOf returns how the runtime calls an action.
func routeOf(c *call) string {
	var b strings.Builder
	b.WriteString("{ ")
	if c.http {
		fmt.Fprintf(&b, "http: [%s, %s], ", quoted(c.Web.Method), quoted(strings.TrimSuffix(c.Web.Path, "{$}")))
	}
	if c.socket {
		b.WriteString("socket: true, ")
	}
	for _, place := range []string{"header", "cookie"} {
		var all []string
		for i := range c.params {
			if p := &c.params[i]; p.place == place {
				all = append(all, key(p.Name)+": "+quoted(p.Source))
			}
		}
		if all != nil {
			fmt.Fprintf(&b, "%ss: { %s }, ", place, strings.Join(all, ", "))
		}
	}
	for i := range c.params {
		if p := &c.params[i]; p.place == "body" {
			fmt.Fprintf(&b, "body: %s, ", quoted(p.Name))
			if p.isBytes() {
				fmt.Fprintf(&b, "type: %s, ", quoted(p.mediaType()))
			}
		}
	}
	fmt.Fprintf(&b, "result: %s }", quoted(string(c.result)))
	return b.String()
}

// quoted returns a text as a literal of JavaScript.
func quoted(text string) string { return literal(text) }

// literal returns a value as JSON, which JavaScript reads.
func literal(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "null" // the values of a schema are those of JSON
	}
	return strings.TrimSpace(b.String())
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// key returns the name of a member.
func key(name string) string {
	switch {
	case name == "__proto__": // it is another member than the one that it names
		return `["__proto__"]`
	case identifier.MatchString(name):
		return name
	}
	return quoted(name)
}

var (
	comments = regexp.MustCompile(`(?s:/\*.*?\*/)|(?m:^\s*//.*$)|\s// .*`)
	capitals = regexp.MustCompile(`\b[A-Z][A-Za-z0-9_]*\b`)
)

// takenIn returns the names that types must not have, because the runtime uses them.
func takenIn(runtime string) names {
	taken := names{"Int64": true, "DateTime": true, "Actions": true, "Channels": true, "ROUTES": true, "API_ROUTE": true}
	for _, name := range capitals.FindAllString(comments.ReplaceAllString(runtime, ""), -1) {
		taken[name] = true
	}
	return taken
}
