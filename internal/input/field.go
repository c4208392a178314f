package input

import (
	"errors"
	"fmt"
	"slices"
)

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
	// Example is the example tag, or "".
	Example string
	// Deprecated reports whether clients should stop to send the parameter.
	Deprecated bool
	// Enum lists the allowed values. Nil allows any.
	Enum []string
	// In is where an HTTP request has the parameter: [InHeader], [InCookie], [InBody], or
	// "" for the path, the query, or a member of the body. On other transports it is a
	// parameter by its name.
	In string
	// Source is the canonical name of the header, or the name of the cookie, or "".
	Source string
	// Raw reports whether the field is a [RawBody].
	Raw bool
	// MaxSize is the maxSize tag of a file or a RawBody, in bytes, or 0.
	MaxSize int64
	// ContentTypes are the media types of the contentType tag of a file or a RawBody. Nil
	// allows any. Bind checks those of files; a transport checks those of a RawBody.
	ContentTypes []string
	// Secret keeps the value out of logs and errors.
	Secret bool
}

// AllowsType reports whether ContentTypes allow the media type of a request.
func (f *Field) AllowsType(mediaType string) bool {
	return f.ContentTypes == nil || allowsType(f.ContentTypes, mediaType)
}

func (f *Field) setHeader(name string) error {
	switch canonical := canonicalHeader(name); {
	case !isToken(name):
		return fmt.Errorf("%q cannot be the name of a header", name)
	case canonical == "Cookie":
		return errors.New(`the header Cookie is read by the tag cookie:"name"`)
	case slices.Contains(unseen, canonical):
		return fmt.Errorf("net/http takes the header %s out of the request", canonical)
	default:
		f.In, f.Source = InHeader, canonical
		return nil
	}
}
