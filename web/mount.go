package web

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/keryx-go/keryx/part"
)

// mounts are the handlers beside the actions.
type mounts struct {
	list        []part.Mount
	headers     *headers
	maxBody     int64 // in bytes, of mounts that have no limit of their own
	compression CompressionSettings
	pages       pages
}

// add panics when the pattern is wrong or that of another handler.
func (t *mounts) add(m part.Mount) {
	if m.Handler == nil {
		panic(fmt.Sprintf("keryx: handler %q: it is nil", m.Pattern))
	}
	taken := []pattern{{livezPattern, "the health check"}, {readyzPattern, "the health check"}}
	for _, other := range t.list {
		taken = append(taken, pattern{other.Pattern, "the handler"})
	}
	mustFit(pattern{m.Pattern, "handler"}, taken)
	t.list = append(t.list, m)
}

// before returns a handler that passes requests to the mounts, and everything else to
// next, which has the given routes.
func (t *mounts) before(next http.Handler, routes []route) http.Handler {
	h := &mountRouter{http.NewServeMux(), map[string]part.Mount{}, t.headers, next}
	for _, m := range t.list {
		if !isFallback(m.Pattern) {
			h.mounts[m.Pattern] = m
			h.mux.Handle(m.Pattern, compressed(t.handler(m), t.compression))
		}
	}
	if len(h.mounts) == 0 {
		return next
	}
	for _, route := range routes {
		h.mux.Handle(route.pattern, next)
	}
	h.mux.Handle("/", next)
	return h
}

// handler returns the handler of a mount under its policy.
func (t *mounts) handler(m part.Mount) http.Handler {
	limit := m.MaxBody
	if limit == 0 {
		limit = t.maxBody
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.CORS {
			t.headers.set(w.Header(), r)
			if err := t.pages.check(r); err != nil {
				WriteError(w, r, err)
				return
			}
		} else {
			t.headers.removeCORS(w.Header()) // the router has set it before a fallback
			t.headers.setFixed(w.Header(), r)
		}
		if limit > 0 { // in a copy: by the body of its own request package http finds out that no 100 Continue was sent
			limited := *r
			limited.Body = http.MaxBytesReader(w, r.Body, limit)
			if r.ContentLength > limit {
				limited.Body = refusedBody{r.Body, limit}
			}
			r = &limited
			defer removeForm(r)
		}
		m.Handler.ServeHTTP(w, r)
	})
}

// mountRouter passes requests to mounted handlers, and everything else to next.
type mountRouter struct {
	mux     *http.ServeMux
	mounts  map[string]part.Mount // by pattern
	headers *headers
	next    http.Handler
}

// ServeHTTP answers one request.
func (h *mountRouter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !isCleanPath(r.URL.Path): // ServeMux would answer with a redirect
		h.next.ServeHTTP(w, r)
	case r.Method != http.MethodOptions:
		h.mux.ServeHTTP(w, r)
	default:
		h.preflight(w, r)
	}
}

// preflight answers an OPTIONS request. It belongs to the handler of the method, or to
// the one, if any, that the announced request would reach.
func (h *mountRouter) preflight(w http.ResponseWriter, r *http.Request) {
	if _, found := h.mux.Handler(r); strings.HasPrefix(found, http.MethodOptions+" ") {
		h.mux.ServeHTTP(w, r)
		return
	}
	_, found := h.mux.Handler(announced(r))
	m, mounted := h.mounts[found]
	switch {
	case !mounted || m.CORS:
		h.next.ServeHTTP(w, r)
	case strings.Contains(found, " "): // it has a method, and so no answer to OPTIONS
		h.headers.setFixed(w.Header(), r)
		w.WriteHeader(http.StatusNoContent)
	default:
		h.mux.ServeHTTP(w, r)
	}
}

// announced returns the request that a preflight asks about.
func announced(preflight *http.Request) *http.Request {
	method := preflight.Header.Get("Access-Control-Request-Method")
	if method == "" {
		return preflight
	}
	return &http.Request{Method: method, URL: preflight.URL, Host: preflight.Host}
}

// pattern is a pattern of [http.ServeMux] and what it is of.
type pattern struct{ text, of string }

// mustFit panics when p cannot be registered beside the taken patterns.
func mustFit(p pattern, taken []pattern) {
	if err := tryHandle(http.NewServeMux(), p.text); err != nil {
		panic(fmt.Sprintf("keryx: %s %q: %v; it is written like \"GET /files/{name}\"", p.of, p.text, err))
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

// isCleanPath reports whether ServeMux takes a path as it is.
func isCleanPath(p string) bool {
	clean := path.Clean(p)
	return clean == p || clean+"/" == p
}
