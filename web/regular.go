package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"syscall"
)

// regular is an open regular file.
type regular struct {
	name    string
	info    fs.FileInfo
	content io.ReadSeekCloser
}

// openRegular opens a file. A name that no file can have, a directory, a pipe and a
// device are [fs.ErrNotExist].
//
// Opening a pipe waits for its writer. So a file system that can is asked first what
// the name is of; [directory] opens without waiting.
func openRegular(files fs.FS, name string) (*regular, error) {
	if !isFileName(name) {
		return nil, fs.ErrNotExist
	}
	if s, ok := files.(fs.StatFS); ok {
		info, err := s.Stat(name)
		if err == nil && !info.Mode().IsRegular() {
			err = fs.ErrNotExist
		}
		if err != nil {
			return nil, err
		}
	}
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	content, seeks := file.(io.ReadSeekCloser)
	if !seeks {
		content = &reopener{open: func() (fs.File, error) { return files.Open(name) }, file: file, size: info.Size()}
	}
	return &regular{name, info, content}, nil
}

// isFileName reports whether a file can have the name. A backslash separates elements
// on Windows, so it is refused everywhere.
func isFileName(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.ContainsAny(name, "\x00\\")
}

// isMissing reports whether an error says that there is no such file. What a file
// system says about a path is of that kind, also that it is not permitted, or too long;
// that files cannot be opened or read at the moment is not.
func isMissing(err error) bool {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, fs.ErrPermission) {
		return true
	}
	var path *fs.PathError
	var temporary interface{ Temporary() bool }
	return errors.As(err, &path) && !errors.Is(err, syscall.EIO) && !(errors.As(path.Err, &temporary) && temporary.Temporary())
}

// serve sends the file, or the part of it that the request asks for, or 304. A header
// ETag that is set already stays.
func (f *regular) serve(w http.ResponseWriter, r *http.Request, tag string) {
	if tag != "" && w.Header().Get("ETag") == "" {
		w.Header().Set("ETag", tag)
	}
	http.ServeContent(w, r, f.name, f.info.ModTime(), f.content)
}

// serveAs sends the whole HTML file with a status, and reports whether it could.
func (f *regular) serveAs(w http.ResponseWriter, status int) bool {
	body, err := io.ReadAll(f.content)
	if err != nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client is gone
	return true
}

// timeTag returns an ETag of the size and time of the file, or "" when it has no time
// because it is embedded in the program.
func (f *regular) timeTag() string {
	modified := f.info.ModTime()
	if modified.IsZero() {
		return ""
	}
	return fmt.Sprintf(`"%x-%x"`, f.info.Size(), modified.UnixNano())
}

// contentTag returns an ETag of the content, or "" when it cannot be read.
func (f *regular) contentTag() string {
	hash := sha256.New()
	_, err := io.Copy(hash, f.content)
	if _, seekErr := f.content.Seek(0, io.SeekStart); err != nil || seekErr != nil {
		return ""
	}
	return `"` + hex.EncodeToString(hash.Sum(nil)[:16]) + `"`
}
