package web

import (
	"bytes"
	"io"
	"os"
)

// spool is content that has been read: in memory, or in a temporary file if it is larger
// than [inMemory].
type spool struct {
	size int64
	data []byte
	name string // of the temporary file, or ""
}

func newSpool(from io.Reader) (*spool, error) {
	data, err := io.ReadAll(io.LimitReader(from, inMemory+1))
	if err != nil {
		return nil, err
	}
	if len(data) <= inMemory {
		return &spool{size: int64(len(data)), data: data}, nil
	}
	file, err := os.CreateTemp("", "keryx-body-")
	if err != nil {
		return nil, err
	}
	s := &spool{name: file.Name()}
	s.size, err = io.Copy(file, io.MultiReader(bytes.NewReader(data), from))
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// open returns the content from its start.
func (s *spool) open() (io.ReadCloser, error) {
	if s.name != "" {
		return os.Open(s.name)
	}
	return io.NopCloser(bytes.NewReader(s.data)), nil
}

// remove removes the temporary file.
func (s *spool) remove() {
	if s.name != "" {
		_ = os.Remove(s.name)
	}
}
