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

// router routes a request to an action, a health check, a static file or the fallback.
// It answers OPTIONS, paths with "..", and /.well-known/ itself.
type router struct {
	mux     *http.ServeMux
	headers *headers
	static  *static
	errors  errorWriter
}

// newRouter panics when the pattern of a mounted handler conflicts with a route.
func newRouter(routes []route, mounts *mounts, headers *headers, static *static, errors errorWriter) *router {
	t := &router{http.NewServeMux(), headers, static, errors}
	var taken []pattern
	for _, r := range routes {
		taken = append(taken, pattern{r.pattern, r.of})
		t.mux.Handle(r.pattern, r.handler)
	}
	var fallback http.Handler = http.HandlerFunc(t.unrouted)
	for _, m := range mounts.list {
		mustFit(pattern{m.Pattern, "handler"}, taken)
		if m.Pattern == "/" {
			fallback = mounts.handler(m)
			continue
		}
		t.mux.Handle(m.Pattern, mounts.handler(m)) // mounts take its requests first; here it is known to allowedMethods
	}
	t.mux.Handle("/", fallback)
	return t
}

// ServeHTTP answers one request.
func (t *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.headers.set(w.Header(), r)
	switch {
	case r.Method == http.MethodOptions:
		w.WriteHeader(http.StatusOK)
	case hasDotDot(r.URL.Path):
		t.errors.write(w, r, action.NotFound(""))
	case strings.Contains(r.URL.Path, "/.well-known/") && !t.static.has(r.URL.Path):
		w.WriteHeader(http.StatusNotFound)
	default:
		t.mux.ServeHTTP(w, r)
	}
}

// unrouted answers a request that no pattern matches: with a static file, 405 or 404.
func (t *router) unrouted(w http.ResponseWriter, r *http.Request) {
	if t.static.serve(w, r) {
		return
	}
	err := action.NotFound("")
	if allowed := allowedMethods(t.mux, r); len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		err.Status = http.StatusMethodNotAllowed
		err.Message = "Method not allowed: " + r.Method + " (allowed: " + strings.Join(allowed, ", ") + ")"
	}
	t.errors.write(w, r, err)
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

// allowedMethods returns the methods with which the path matches a pattern.
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
