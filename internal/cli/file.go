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

// file makes a parameter of the file at path. A regular file is read when the
// action opens it. Standard input, a pipe and the like can be read only once,
// and are held in memory.
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

// held reads all there is to read.
func held(ctx context.Context, name string, open func() (io.ReadCloser, error)) (action.File, error) {
	content, err := readAll(ctx, open)
	if err != nil {
		return action.File{}, err
	}
	return input.NewFile(name, mediaType(name, content), int64(len(content)), func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}), nil
}

// beginning reads as much as it takes to guess a media type.
func beginning(open func() (io.ReadCloser, error)) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, 512))
}

// mediaType is what the extension stands for, else what the content looks
// like, without parameters such as the charset.
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

// readAll reads to the end, or until ctx ends: opening and reading a pipe
// blocks until something is written to it, and cannot be cancelled. The
// goroutine is then left to the end of the process.
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
