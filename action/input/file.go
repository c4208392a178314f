package input

import (
	"errors"
	"io"
)

// File is an uploaded file, or one named on the command line. It lives as
// long as the action runs.
type File struct {
	// Name is the file's name as the caller gave it: never a path to trust.
	Name string `json:"name"`
	// Type is the media type the caller claimed, or "".
	Type string `json:"type"`
	// Size is in bytes.
	Size int64 `json:"size"`

	open func() (io.ReadCloser, error)
}

// NewFile returns a File whose content open reads from the start each time.
func NewFile(name, mediaType string, size int64, open func() (io.ReadCloser, error)) File {
	return File{Name: name, Type: mediaType, Size: size, open: open}
}

// Open returns the file's content. The caller closes it.
func (f File) Open() (io.ReadCloser, error) {
	if f.open == nil {
		return nil, errors.New("the file has no content: it did not come from an upload")
	}
	return f.open()
}
