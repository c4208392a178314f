package input

import (
	"errors"
	"io"
	"mime"
	"reflect"
)

// File is an uploaded file, or one named on the command line. It is valid while the
// action runs, or while its stream runs if the result is one.
type File struct {
	// Name is the caller's name of the file, made harmless: no path, no control
	// characters, valid UTF-8, at most 255 bytes, and never empty. Do not store the
	// file under this name, because the caller has chosen it.
	Name string `json:"name"`
	// Type is the media type in the request, or "". The content may be of another type:
	// see [net/http.DetectContentType].
	Type string `json:"type"`
	// Size is in bytes.
	Size int64 `json:"size"`

	open func() (io.ReadCloser, error)
}

// NewFile returns a File. open returns the content from its start, at each call.
// NewFile replaces a harmful name or media type.
func NewFile(name, mediaType string, size int64, open func() (io.ReadCloser, error)) File {
	if _, _, err := mime.ParseMediaType(mediaType); err != nil {
		mediaType = ""
	}
	return File{Name: fileName(name), Type: mediaType, Size: size, open: open}
}

// Open returns the file's content. The caller closes it.
func (f File) Open() (io.ReadCloser, error) {
	if f.open == nil {
		return nil, errors.New("the file has no content: it did not come from an upload")
	}
	return f.open()
}

// Bytes returns the file's content, of Size bytes: the tag maxSize bounds it, and
// WEB_MAX_BODY_SIZE where there is none. Read what may be large from Open instead.
func (f File) Bytes() ([]byte, error) {
	content, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(content)
	return data, errors.Join(err, content.Close())
}

func bindFile(w *walk, raw any, dst reflect.Value) {
	switch v := raw.(type) {
	case File:
		*dst.Addr().Interface().(*File) = v
	case []File:
		if len(v) == 1 {
			*dst.Addr().Interface().(*File) = v[0]
			return
		}
		w.fail(nil, "must be a single file")
	default:
		w.fail(raw, "must be a file")
	}
}
