package web

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/keryx-go/keryx/part"
)

// Handle mounts a handler at a pattern of [http.ServeMux]: see [Server.Mount].
func (s *Server) Handle(pattern string, h http.Handler) {
	s.Mount(part.Mount{Pattern: pattern, Handler: h})
}

// Mount adds a handler beside the actions. It panics when the pattern is wrong or
// that of another handler, and after [Server.Freeze]. A pattern that conflicts with
// the route of an action is a panic when the server starts.
func (s *Server) Mount(m part.Mount) {
	s.mustBeOpen("handler", m.Pattern)
	if m.Handler == nil {
		panic(fmt.Sprintf("keryx: handler %q: it is nil", m.Pattern))
	}
	taken := []pattern{{"GET /livez", "the health check"}, {"GET /readyz", "the health check"}}
	for _, other := range s.mounted {
		taken = append(taken, pattern{other.Pattern, "the handler"})
	}
	mustFit(pattern{m.Pattern, "handler"}, taken)
	s.mounted = append(s.mounted, m)
}

// Freeze ends the registration of handlers, middleware and checks: a later one
// panics. An app calls it when it starts.
func (s *Server) Freeze() { s.frozen = true }

func (s *Server) mustBeOpen(what, name string) {
	if s.frozen {
		panic(fmt.Sprintf("keryx: %s %q: the app has started; add it before", what, name))
	}
}

// pattern is a pattern of [http.ServeMux] and what it is of.
type pattern struct{ text, of string }

// mustFit panics when p cannot be registered beside the taken patterns.
func mustFit(p pattern, taken []pattern) {
	if err := tryHandle(http.NewServeMux(), p.text); err != nil {
		panic(fmt.Sprintf("keryx: %s %q: %v", p.of, p.text, err))
	}
	for _, other := range taken {
		mux := http.NewServeMux()
		if tryHandle(mux, other.text) == nil && tryHandle(mux, p.text) != nil {
			panic(fmt.Sprintf("keryx: %s %q: the pattern conflicts with %q of %s", p.of, p.text, other.text, other.of))
		}
	}
}

// tryHandle returns as an error what ServeMux panics with.
func tryHandle(mux *http.ServeMux, pattern string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	mux.Handle(pattern, http.NotFoundHandler())
	return nil
}

// isFallback reports whether a pattern matches every path.
func isFallback(pattern string) bool { return pattern == "/" || strings.HasSuffix(pattern, " /") }

// mountedFirst passes requests to mounted handlers, and everything else to next.
func (s *Server) mountedFirst(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mounts := map[string]part.Mount{}
	for _, m := range s.mounted {
		if !isFallback(m.Pattern) {
			mounts[m.Pattern] = m
			mux.Handle(m.Pattern, s.compressed(s.mountHandler(m)))
		}
	}
	if len(mounts) == 0 {
		return next
	}
	for _, route := range s.routes() {
		mux.Handle(route.pattern, next)
	}
	mux.Handle("/", next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !isCleanPath(r.URL.Path): // ServeMux would answer with a redirect
			next.ServeHTTP(w, r)
		case r.Method != http.MethodOptions:
			mux.ServeHTTP(w, r)
		default:
			s.preflight(mux, mounts, next, w, r)
		}
	})
}

// preflight answers an OPTIONS request. It belongs to the handler, if any, that the
// announced request would reach.
func (s *Server) preflight(mux *http.ServeMux, mounts map[string]part.Mount, next http.Handler, w http.ResponseWriter, r *http.Request) {
	announced := r
	if method := r.Header.Get("Access-Control-Request-Method"); method != "" {
		announced = &http.Request{Method: method, URL: r.URL, Host: r.Host}
	}
	_, found := mux.Handler(announced)
	m, mounted := mounts[found]
	switch {
	case !mounted || m.CORS:
		next.ServeHTTP(w, r)
	case strings.Contains(found, " "): // it has a method, and so no answer to OPTIONS
		s.headers.setFixed(w.Header(), r)
		w.WriteHeader(http.StatusNoContent)
	default:
		mux.ServeHTTP(w, r)
	}
}

// mountHandler returns the handler of a mount under its policy.
func (s *Server) mountHandler(m part.Mount) http.Handler {
	limit := m.MaxBody
	if limit == 0 {
		limit = s.options.Config.MaxBodySize
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.CORS {
			s.headers.set(w.Header(), r)
		} else {
			s.headers.setFixed(w.Header(), r)
		}
		if limit > 0 {
			r.Body = http.MaxBytesReader(w, r.Body, limit)
		}
		m.Handler.ServeHTTP(w, r)
	})
}

// isCleanPath reports whether ServeMux takes a path as it is.
func isCleanPath(p string) bool {
	clean := path.Clean(p)
	return clean == p || clean+"/" == p
}
