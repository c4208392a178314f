package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/input"
)

// stdin is the value of a flag that stands for standard input.
const stdin = "-"

// file returns the file at path as a parameter. A regular file is read when the action
// opens it. Other files, such as standard input and pipes, can be read only once, and
// are kept in memory.
func file(ctx context.Context, path string, openStdin func() (io.ReadCloser, error)) (action.File, error) {
	if path == stdin {
		return held(ctx, "stdin", openStdin)
	}
	open := func() (io.ReadCloser, error) { return os.Open(path) }
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return action.File{}, err
	case info.IsDir():
		return action.File{}, errors.New(path + " is a directory")
	case !info.Mode().IsRegular():
		return held(ctx, filepath.Base(path), open)
	}
	start, err := beginning(open)
	if err != nil {
		return action.File{}, err
	}
	name := filepath.Base(path)
	return input.NewFile(name, mediaType(name, start), info.Size(), open), nil
}

// held reads a file to its end and keeps it in memory.
func held(ctx context.Context, name string, open func() (io.ReadCloser, error)) (action.File, error) {
	content, err := readAll(ctx, open)
	if err != nil {
		return action.File{}, err
	}
	return input.NewFile(name, mediaType(name, content), int64(len(content)), func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}), nil
}

// beginning reads enough bytes to detect a media type.
func beginning(open func() (io.ReadCloser, error)) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, 512))
}

// mediaType returns the media type of the extension, or else of the content, without
// parameters such as the charset.
func mediaType(name string, start []byte) string {
	found := mime.TypeByExtension(filepath.Ext(name))
	if found == "" {
		found = http.DetectContentType(start)
	}
	if plain, _, err := mime.ParseMediaType(found); err == nil {
		return plain
	}
	return found
}

// readAll reads to the end, or until ctx ends. Opening and reading a pipe blocks until
// there is a writer, and cannot be cancelled. In that case the goroutine stays until
// the process ends.
func readAll(ctx context.Context, open func() (io.ReadCloser, error)) ([]byte, error) {
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	go func() {
		r, err := open()
		if err != nil {
			done <- result{err: err}
			return
		}
		defer r.Close()
		content, err := io.ReadAll(r)
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		return r.content, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
