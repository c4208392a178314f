package web

import (
	"net/http"
	"path"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// router sends a request to an action, a mounted handler, a health check or a
// static file. What a ServeMux cannot decide in our terms is decided before.
func (s *Server) router() http.Handler {
	mux := http.NewServeMux()
	prefix := strings.TrimSuffix(s.options.Config.APIRoute, "/")
	for _, e := range s.options.Actions.All() {
		if e.Reachable(connection.Web) {
			mux.Handle(e.Web.Method+" "+prefix+e.Web.Path, s.endpoint(e))
		}
	}
	mux.HandleFunc("GET /livez", s.livez)
	mux.HandleFunc("GET /readyz", s.readyz)
	for _, m := range s.mounted {
		mux.Handle(m.pattern, m.handler)
	}
	if !s.mounts("/") {
		mux.Handle("/", s.unrouted(mux))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.headers.set(w.Header(), r)
		switch {
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusOK)
		case climbs(r.URL.Path):
			s.fail(w, r, action.NotFound(""))
		case strings.Contains(r.URL.Path, "/.well-known/") && !s.static.has(r.URL.Path):
			w.WriteHeader(http.StatusNotFound)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func (s *Server) mounts(pattern string) bool {
	for _, m := range s.mounted {
		if m.pattern == pattern {
			return true
		}
	}
	return false
}

// climbs tells whether a path has a ".." in it. None that is meant well has
// one by the time it reaches a server, and ServeMux would answer a redirect.
func climbs(p string) bool {
	if !strings.Contains(p, "..") {
		return false
	}
	for segment := range strings.FieldsFuncSeq(p, func(r rune) bool { return r == '/' || r == '\\' }) {
		if segment == ".." {
			return true
		}
	}
	return false
}

// unrouted answers what no pattern matched: a static file, a method that the
// path does not have, or nothing.
func (s *Server) unrouted(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.static.serve(w, r) {
			return
		}
		err := action.NotFound("")
		if allowed := allowedMethods(mux, r); len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			err.Status = http.StatusMethodNotAllowed
			err.Message = "Method not allowed: " + r.Method + " (allowed: " + strings.Join(allowed, ", ") + ")"
		}
		s.fail(w, r, err)
	})
}

// allowedMethods asks the mux with which methods the path would have matched.
func allowedMethods(mux *http.ServeMux, r *http.Request) []string {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := mux.Handler(other); pattern != "/" && pattern != "" {
			allowed = append(allowed, method)
		}
	}
	return allowed
}

// clean is the path of a static file inside its root.
func clean(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }
