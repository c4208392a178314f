package dashboard

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/schema"
)

// inputRow is an input of an action.
type inputRow struct {
	action.Input
	ID, Where, TypeName string
	Rules               []string
	Shape               string // of an object
	Control             string // of the form: text, password, area, select, file
	Options             []string
	Hint                string
}

// rowOf describes an input of an action, whose parameters in the path are given.
func rowOf(id string, e *action.Entry, input action.Input, path []string, in *schema.Schema) inputRow {
	s := resolve(in, in.Defs).Properties.Find(input.Name)
	row := inputRow{Input: input, ID: id, Where: "body", TypeName: typeOf(s), Rules: rules(s)}
	switch {
	case input.In != "":
		row.Where = input.In
	case slices.Contains(path, input.Name):
		row.Where = "path"
	case !hasBody(e.Web.Method):
		row.Where = "query"
	}
	whole := resolve(s, in.Defs)
	if len(whole.Properties) > 0 || whole.Items != nil && len(resolve(whole.Items, in.Defs).Properties) > 0 {
		row.Shape = shape(s, in.Defs)
	}
	row.control()
	return row
}

// control chooses the control of the form.
func (r *inputRow) control() {
	r.Control = "text"
	switch {
	case r.Type == "file" || r.Items == "file":
		r.Control = "file"
	case r.Secret:
		r.Control = "password"
	case r.Type == "boolean":
		r.Control, r.Options = "select", []string{"true", "false"}
	case len(r.Enum) > 0 && r.Type != "array":
		r.Control, r.Options = "select", r.Enum
	case r.Raw:
		r.Control, r.Hint = "area", "The body as it is sent"
	case r.Type == "array" && r.Shape == "":
		r.Control, r.Hint = "area", "One item a line"
	case r.Type == "object" || r.Type == "any" || r.Type == "array":
		r.Control, r.Hint = "area", "JSON"
	}
}

// row writes the row of the table.
func (r *inputRow) row(w *markup) {
	w.write("<tr>\n<th scope=\"row\"><code>%s</code>", r.Name)
	if r.Required {
		w.write(" <span class=\"mark\">required</span>")
	}
	if r.Deprecated {
		w.write(" <span class=\"mark warn\">deprecated</span>")
	}
	w.write("</th>\n<td>%s", r.Where)
	if r.Source != "" {
		w.write(" <code>%s</code>", r.Source)
	}
	w.write("</td><td>%s</td>\n<td>%s</td><td>%s", r.TypeName, strings.Join(r.Rules, "; "), r.Doc)
	if r.Shape != "" {
		w.write("<pre><code>%s</code></pre>", r.Shape)
	}
	w.write("</td>\n</tr>")
}

// field writes the field of the form.
func (r *inputRow) field(w *markup) {
	w.write("<div class=\"field\">\n<label for=\"%s\">%s", r.ID, r.Name)
	if r.Required {
		w.write(" <span>(required)</span>")
	}
	w.write("</label>\n")
	switch r.Control {
	case "select":
		w.write("<select")
		r.attributes(w)
		w.write("><option value=\"\"></option>")
		for _, o := range r.Options {
			w.write("<option>%s</option>", o)
		}
		w.write("</select>\n")
	case "area":
		w.write("<textarea rows=\"3\" placeholder=\"%s\"", r.Example)
		r.attributes(w)
		w.write("></textarea>\n")
	default:
		w.write("<input type=\"%s\" placeholder=\"%s\" autocomplete=\"off\"", r.Control, cmp.Or(r.Example, r.Default))
		if r.Items == "file" {
			w.write(" multiple")
		}
		r.attributes(w)
		w.write(">\n")
	}
	if r.Hint != "" {
		w.write("<p class=\"hint\">%s</p>", r.Hint)
	}
	w.write("<p class=\"wrong\" id=\"%s-wrong\"></p>\n</div>\n", r.ID)
}

// attributes writes what the script has to know of a field.
func (r *inputRow) attributes(w *markup) {
	w.write(` id="%s" name="%s" data-where="%s" data-source="%s" data-type="%s" data-items="%s" aria-describedby="%s-wrong"`,
		r.ID, r.Name, r.Where, r.Source, r.Type, r.Items, r.ID)
	if r.Raw {
		w.write(" data-raw")
	}
	if r.In == "body" {
		w.write(" data-whole=\"true\"")
	}
}
