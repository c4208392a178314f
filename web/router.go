package web

import (
	"net/http"
	"path"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// route is a pattern of the server's own and its handler.
type route struct {
	pattern string
	of      string // whose it is, for errors
	handler http.Handler
}

// routes returns those of the actions and of the health checks.
func (s *Server) routes() []route {
	routes := []route{
		{"GET /livez", "the health check", http.HandlerFunc(s.livez)},
		{"GET /readyz", "the health check", http.HandlerFunc(s.readyz)},
	}
	prefix := strings.TrimSuffix(s.options.Config.APIRoute, "/")
	for _, e := range s.options.Actions.All() {
		if e.Reachable(connection.Web) {
			routes = append(routes, route{e.Web.Method + " " + prefix + e.Web.Path, "action " + e.Name, s.endpoint(e)})
		}
	}
	return routes
}

// router routes a request to an action, a health check, a static file or the fallback.
// It answers OPTIONS, paths with "..", and /.well-known/ itself.
func (s *Server) router() http.Handler {
	mux := http.NewServeMux()
	var taken []pattern
	for _, r := range s.routes() {
		taken = append(taken, pattern{r.pattern, r.of})
		mux.Handle(r.pattern, r.handler)
	}
	fallback := s.unrouted(mux)
	for _, m := range s.mounted {
		mustFit(pattern{m.Pattern, "handler"}, taken)
		if m.Pattern == "/" {
			fallback = s.mountHandler(m)
			continue
		}
		mux.Handle(m.Pattern, s.mountHandler(m)) // mountedFirst takes its requests; here it is known to allowedMethods
	}
	mux.Handle("/", fallback)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.headers.set(w.Header(), r)
		switch {
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusOK)
		case hasDotDot(r.URL.Path):
			s.fail(w, r, action.NotFound(""))
		case strings.Contains(r.URL.Path, "/.well-known/") && !s.static.has(r.URL.Path):
			w.WriteHeader(http.StatusNotFound)
		default:
			mux.ServeHTTP(w, r)
		}
	})
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

// unrouted answers a request that no pattern matches: with a static file, 405 or 404.
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
func (s *Server) upgraded(next http.Handler) http.Handler {
	if s.options.Upgrade == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !asksForWebSocket(r.Header["Upgrade"]) {
			next.ServeHTTP(w, r)
			return
		}
		s.headers.set(w.Header(), r)
		s.options.Upgrade.ServeHTTP(w, r)
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
