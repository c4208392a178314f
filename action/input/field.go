package input

import "reflect"

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
	// MaxSize is the maxSize tag of a file, in bytes; 0 when there is none.
	MaxSize int64
	// ContentTypes are those of the contentType tag of a file; nil when any
	// will do.
	ContentTypes []string
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
	part    part
	file    bool // it is a file, or a list of them
	hidden  redactor
	inner   *object // the struct at the bottom of the type, if there is one
}

func (f *field) bindIn(w *walk, params map[string]any, dst reflect.Value) {
	raw, sent := params[f.Name]
	if raw == nil && !f.Required && !f.null || f.file && isNoFile(raw) {
		sent = false
	}
	back := w.enter(f.Name)
	defer w.leave(back)
	outer := w.secret
	w.secret = outer || f.Secret
	defer func() { w.secret = outer }()
	before := len(w.errs)
	switch {
	case sent:
		f.bind(w, raw, dst.FieldByIndex(f.index))
	case f.initial != nil:
		f.bind(w, f.initial, dst.FieldByIndex(f.index))
	case f.Required:
		w.fail(nil, "Missing required param: "+w.key())
		return
	}
	if f.message == "" {
		return
	}
	for i := before; i < len(w.errs); i++ {
		w.errs[i].Message = f.message
	}
}
