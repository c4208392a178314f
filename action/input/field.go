package input

import (
	"fmt"
	"reflect"
	"strings"
)

// Field describes one input for those who show it: flags, tables, documents.
type Field struct {
	// Name is the parameter's name on every transport.
	Name string
	// Doc is the doc tag.
	Doc string
	// Type is the JSON type: string, integer, number, boolean, array, object,
	// file, or any.
	Type string
	// Format refines Type: the format tag, or date-time, duration.
	Format string
	// Items is the Type of the elements of an array, else "".
	Items string
	// Required says that the parameter must be sent.
	Required bool
	// Default is the default tag, "" when there is none.
	Default string
	// Enum lists the allowed values, nil when any is.
	Enum []string
	// Secret keeps the value out of logs and errors.
	Secret bool
}

// field is a Field with all that binding needs.
type field struct {
	Field
	index   []int
	bind    binder
	initial Text   // the parsed default tag; nil without one
	message string // replaces the text of failed checks
	null    bool   // null means something else than absent
	hidden  redactor
}

func (f *field) bindIn(w *walk, params map[string]any, dst reflect.Value) {
	raw, sent := params[f.Name]
	if raw == nil && !f.Required && !f.null {
		sent = false
	}
	back := w.enter(f.Name)
	defer w.leave(back)
	before := len(w.errs)
	switch {
	case sent:
		f.bind(w, raw, dst.FieldByIndex(f.index))
	case f.initial != nil:
		f.bind(w, f.initial, dst.FieldByIndex(f.index))
	case f.Required:
		w.fail(nil, "Missing required param: "+string(w.path))
		return
	}
	for i := before; i < len(w.errs); i++ {
		if f.message != "" {
			w.errs[i].Message = f.message
		}
		if f.Secret && w.errs[i].Value != nil {
			w.errs[i].Value = Redacted
		}
	}
}

// fieldName reads the json tag the way encoding/json does, and whether the
// tag makes the field optional. The name is "" for a field to leave out.
func fieldName(f reflect.StructField) (name string, optional bool, err error) {
	tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if tag == "-" && options == "" {
		return "", false, nil
	}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty", "omitzero":
			optional = true
		case "string":
			return "", false, fmt.Errorf("field %s: the json option %q is not supported", f.Name, option)
		}
	}
	if tag == "" {
		tag = f.Name
	}
	return tag, optional, nil
}
