package web

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/keryx-go/keryx/fault"
)

// static serves the files below a root, and no others. It answers GET and HEAD, and
// never below the route of the API.
type static struct {
	files        fs.FS
	route        string // "/" or "/assets/"
	api          string // the API's route, such as "/api/", or "" when it is "/"
	fallback     string // a file, or ""
	cacheControl string
	etag         bool
	hashes       sync.Map // etags of files without a time, by name and size
}

// notFoundPage is the file that is sent with a 404 to browsers.
const notFoundPage = "404.html"

// newStatic returns nil when static files are off.
func newStatic(c StaticSettings, files fs.FS, apiRoute string) *static {
	if !c.Enabled {
		return nil
	}
	if files == nil {
		files = directory(c.Directory)
	}
	s := &static{files: files, route: below(c.Route), fallback: c.Fallback, cacheControl: c.CacheControl, etag: c.ETag}
	if api := below(apiRoute); api != "/" {
		s.api = api
	}
	return s
}

// String returns the route and the directory, or "" when there is nothing to serve.
func (s *static) String() string {
	if s == nil {
		return ""
	}
	from := "the app"
	if d, ok := s.files.(directory); ok {
		if info, err := os.Stat(string(d)); err != nil || !info.IsDir() {
			return ""
		}
		from = string(d)
	}
	return s.route + " from " + from
}

// below returns the prefix of the paths below a route.
func below(route string) string { return strings.TrimSuffix(route, "/") + "/" }

// isAPI reports whether a path is the API's route or below it.
func (s *static) isAPI(path string) bool {
	return s.api != "" && (strings.HasPrefix(path, s.api) || path == s.api[:len(s.api)-1])
}

// reaches reports whether a request may get anything of the static files.
func (s *static) reaches(path string) bool {
	return s != nil && !s.isAPI(path) && strings.HasPrefix(path, s.route) && !hasDotfile(path)
}

// hasDotfile reports whether an element of a path begins with a dot, .well-known
// (RFC 8615) aside. Such files are not for clients: .env, .git, .htpasswd.
func hasDotfile(path string) bool {
	for {
		_, after, found := strings.Cut(path, "/.")
		if !found {
			return false
		}
		rest, known := strings.CutPrefix(after, "well-known")
		if !known || rest != "" && rest[0] != '/' {
			return true
		}
		path = rest
	}
}

// name returns the name that the file of a path has, or "".
func (s *static) name(path string) string {
	if !s.reaches(path) || strings.ContainsAny(path, "\x00\\") {
		return ""
	}
	name := path[len(s.route):]
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	return clean(name)
}

// has reports whether there is a file for the path.
func (s *static) has(path string) bool {
	name := s.name(path)
	if name == "" {
		return false
	}
	file, err := openRegular(s.files, name)
	if err != nil {
		return false
	}
	_ = file.content.Close()
	return true
}

// serve answers a request for a file, or with the fallback, and reports whether it did.
func (s *static) serve(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if name := s.name(r.URL.Path); name != "" && s.send(w, r, name, s.cacheControl) {
		return true
	}
	if !s.isPage(r.URL.Path) {
		return false
	}
	w.Header().Add("Vary", "Accept")
	return takesHTML(r.Header["Accept"]) && s.send(w, r, s.fallback, "no-cache")
}

// isPage reports whether the fallback is for a path: its last element has no dot, as the
// name of a file has.
func (s *static) isPage(path string) bool {
	return s.reaches(path) && s.fallback != "" && !strings.Contains(path, "/.well-known/") &&
		!strings.Contains(path[strings.LastIndexByte(path, '/')+1:], ".")
}

// asksForHTML reports whether an Accept names HTML, as browsers do for a page and for
// nothing else.
func asksForHTML(lines []string) bool { return accepts(lines, "text/html") }

// takesHTML reports whether an Accept allows HTML. Without an Accept, anything is
// allowed.
func takesHTML(lines []string) bool {
	return len(lines) == 0 || accepts(lines, "text/html", "text/*", "*/*")
}

// send sends a file, and reports whether there is one. A failure to open it is an
// answer, too.
func (s *static) send(w http.ResponseWriter, r *http.Request, name, cacheControl string) bool {
	file, err := openRegular(s.files, name)
	if err != nil {
		if isMissing(err) {
			return false
		}
		WriteError(w, r, fault.Internal(fmt.Errorf("cannot open the static file %q: %w", name, err)))
		return true
	}
	defer func() { _ = file.content.Close() }()
	if cacheControl != "" {
		w.Header().Set("Cache-Control", cacheControl)
	}
	tag := ""
	if s.etag {
		tag = s.tag(file)
	}
	file.serve(w, r, tag)
	return true
}

// serveNotFound answers with the page for what does not exist, if there is one and the
// request is a browser's for a page, and reports whether it did.
func (s *static) serveNotFound(w http.ResponseWriter, r *http.Request) bool {
	if s == nil || s.isAPI(r.URL.Path) || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	w.Header().Add("Vary", "Accept")
	if !asksForHTML(r.Header["Accept"]) {
		return false
	}
	file, err := openRegular(s.files, notFoundPage)
	if err != nil {
		return false
	}
	defer func() { _ = file.content.Close() }()
	return file.serveAs(w, http.StatusNotFound)
}

// tag returns the ETag of a file. That of the content is kept.
func (s *static) tag(file *regular) string {
	if tag := file.timeTag(); tag != "" {
		return tag
	}
	key := fmt.Sprintf("%s %d", file.name, file.info.Size())
	if known, ok := s.hashes.Load(key); ok {
		return known.(string)
	}
	tag := file.contentTag()
	if tag != "" {
		s.hashes.Store(key, tag)
	}
	return tag
}
