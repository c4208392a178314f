package web

import (
	"net/http"
	"path"
	"strings"

	"github.com/keryx-go/keryx/action"
)

// route is a pattern of the server's own and its handler.
type route struct {
	pattern string
	of      string // whose it is, for errors
	handler http.Handler
}

// router routes a request to an action, a health check, a static file or a handler that
// is mounted at "/". It answers OPTIONS, paths with "..", and /.well-known/ itself.
type router struct {
	mux       *http.ServeMux
	fallbacks *http.ServeMux  // of handlers at "/"
	ownCORS   map[string]bool // the patterns in fallbacks whose handlers answer OPTIONS
	headers   *headers
	static    *static
	errors    errorWriter
}

// newRouter panics when the pattern of a mounted handler conflicts with a route.
func newRouter(routes []route, mounts *mounts, headers *headers, static *static, errors errorWriter) *router {
	t := &router{http.NewServeMux(), http.NewServeMux(), map[string]bool{}, headers, static, errors}
	var taken []pattern
	for _, r := range routes {
		taken = append(taken, pattern{r.pattern, r.of})
		t.mux.Handle(r.pattern, r.handler)
	}
	for _, m := range mounts.list {
		mustFit(pattern{m.Pattern, "handler"}, taken)
		if isFallback(m.Pattern) {
			t.fallbacks.Handle(m.Pattern, mounts.handler(m))
			t.ownCORS[m.Pattern] = !m.CORS
			continue
		}
		t.mux.Handle(m.Pattern, mounts.handler(m)) // mounts take its requests first; here it is known to allowedMethods
	}
	t.mux.HandleFunc("/", t.unrouted)
	return t
}

// ServeHTTP answers one request.
func (t *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.headers.set(w.Header(), r)
	switch {
	case r.Method == http.MethodOptions:
		t.options(w, r)
	case hasDotDot(r.URL.Path):
		t.errors.write(w, r, action.NotFound(""))
	case strings.Contains(r.URL.Path, "/.well-known/") && !t.static.has(r.URL.Path) && t.fallback(r) == nil:
		w.WriteHeader(http.StatusNotFound)
	default:
		t.mux.ServeHTTP(w, r)
	}
}

// options answers an OPTIONS request, unless a handler at "/" does.
func (t *router) options(w http.ResponseWriter, r *http.Request) {
	if _, routed := t.mux.Handler(announced(r)); routed == "/" && !t.static.has(r.URL.Path) {
		if h, pattern := t.fallbacks.Handler(r); t.ownCORS[pattern] {
			h.ServeHTTP(w, r)
			return
		}
	}
	w.WriteHeader(http.StatusOK)
}

// unrouted answers a request that no pattern matches: with a static file, by a handler
// at "/", with 405, or with 404.
func (t *router) unrouted(w http.ResponseWriter, r *http.Request) {
	if t.static.serve(w, r) {
		return
	}
	if h := t.fallback(r); h != nil {
		h.ServeHTTP(w, r)
		return
	}
	allowed := t.allowedMethods(r)
	if len(allowed) == 0 {
		if !t.static.serveNotFound(w, r) {
			t.errors.write(w, r, action.NotFound(""))
		}
		return
	}
	methods := strings.Join(allowed, ", ")
	w.Header().Set("Allow", methods)
	err := action.NotFound("")
	err.Status = http.StatusMethodNotAllowed
	err.Message = "Method not allowed: " + r.Method + " (allowed: " + methods + ")"
	t.errors.write(w, r, err)
}

// fallback returns the handler at "/" for a request, or nil.
func (t *router) fallback(r *http.Request) http.Handler {
	h, pattern := t.fallbacks.Handler(r)
	if pattern == "" {
		return nil
	}
	return h
}

// hasDotDot reports whether a path has a ".." element. Browsers and proxies resolve
// them, so a path that arrives with one is an attack; ServeMux would answer it with
// a redirect.
func hasDotDot(p string) bool {
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

// allowedMethods returns the methods with which the path matches a pattern or a static
// file.
func (t *router) allowedMethods(r *http.Request) []string {
	isFile := t.static.has(r.URL.Path)
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		_, pattern := t.mux.Handler(other)
		matches := pattern != "/" && pattern != "" || t.fallback(other) != nil
		if matches || isFile && (method == http.MethodGet || method == http.MethodHead) {
			allowed = append(allowed, method)
		}
	}
	return allowed
}

// clean returns the path of a static file below its root.
func clean(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }

// upgraded passes requests for a WebSocket, on any path, to their handler. They are not
// compressed.
func upgraded(next, upgrade http.Handler, headers *headers) http.Handler {
	if upgrade == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !asksForWebSocket(r.Header["Upgrade"]) {
			next.ServeHTTP(w, r)
			return
		}
		headers.set(w.Header(), r)
		upgrade.ServeHTTP(w, r)
	})
}

func asksForWebSocket(upgrade []string) bool {
	for _, line := range upgrade {
		for protocol := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(protocol), "websocket") {
				return true
			}
		}
	}
	return false
}
