package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// static serves the files below a root, and no others.
type static struct {
	files        fs.FS
	route        string // "/" or "/assets/"
	cacheControl string
	etag         bool
	hashes       sync.Map // etags of files without a time, by name and size
}

// directory is a directory on disk. It is opened for each file, so that it may be
// created and removed. [os.OpenInRoot] follows no symbolic link out of it.
type directory string

// Open opens a file of the directory.
func (d directory) Open(name string) (fs.File, error) {
	return os.OpenInRoot(string(d), filepath.FromSlash(name))
}

// newStatic returns nil when static files are off.
func newStatic(c StaticSettings, files fs.FS) *static {
	if !c.Enabled {
		return nil
	}
	if files == nil {
		files = directory(c.Directory)
	}
	route := strings.TrimSuffix(c.Route, "/") + "/"
	return &static{files: files, route: route, cacheControl: c.CacheControl, etag: c.ETag}
}

// name returns the file of a request path.
func (s *static) name(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, s.route)
	if !ok || strings.ContainsAny(rest, "\x00\\") {
		return "", false
	}
	if rest == "" || strings.HasSuffix(rest, "/") {
		rest += "index.html"
	}
	rest = clean(rest)
	return rest, fs.ValidPath(rest)
}

// has reports whether there is a file for the path.
func (s *static) has(path string) bool {
	if s == nil {
		return false
	}
	name, ok := s.name(path)
	if !ok {
		return false
	}
	info, err := fs.Stat(s.files, name)
	return err == nil && info.Mode().IsRegular()
}

// serve answers a GET or HEAD for a file and reports whether it did.
func (s *static) serve(w http.ResponseWriter, r *http.Request) bool {
	if s == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	name, ok := s.name(r.URL.Path)
	if !ok {
		return false
	}
	file, err := s.files.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	content, seeks := file.(io.ReadSeeker)
	if err != nil || !info.Mode().IsRegular() || !seeks {
		return false
	}
	if s.cacheControl != "" {
		w.Header().Set("Cache-Control", s.cacheControl)
	}
	if s.etag {
		w.Header().Set("ETag", s.tag(name, info, content))
	}
	http.ServeContent(w, r, name, info.ModTime(), content)
	return true
}

// tag returns the ETag of a file: of its size and time, or of its content when it has
// no time because it is embedded in the program.
func (s *static) tag(name string, info fs.FileInfo, content io.ReadSeeker) string {
	if modified := info.ModTime(); !modified.IsZero() {
		return fmt.Sprintf(`"%x-%x"`, info.Size(), modified.UnixNano())
	}
	key := fmt.Sprintf("%s %d", name, info.Size())
	if known, ok := s.hashes.Load(key); ok {
		return known.(string)
	}
	hash := sha256.New()
	_, err := io.Copy(hash, content)
	if _, seekErr := content.Seek(0, io.SeekStart); err != nil || seekErr != nil {
		return ""
	}
	tag := `"` + hex.EncodeToString(hash.Sum(nil)[:16]) + `"`
	s.hashes.Store(key, tag)
	return tag
}
