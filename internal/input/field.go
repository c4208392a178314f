package input

// Field describes one input, for flags, tables and documents.
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
	// Items is the Type of the elements of an array, or "".
	Items string
	// Required reports whether the parameter must be sent.
	Required bool
	// Default is the default tag, or "".
	Default string
	// Enum lists the allowed values. Nil allows any.
	Enum []string
	// MaxSize is the maxSize tag of a file, in bytes, or 0.
	MaxSize int64
	// ContentTypes are the media types of a file's contentType tag. Nil allows any.
	ContentTypes []string
	// Secret keeps the value out of logs and errors.
	Secret bool
}
