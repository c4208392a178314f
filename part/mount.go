package part

import "net/http"

// Mount is an HTTP handler at a pattern, beside the routes of actions.
//
// The handler gets every request that the pattern matches, before the server's own
// answers to preflights, to /.well-known/ and to requests for a WebSocket. The
// security headers (WEB_SECURITY_*), the server's name and the correlation id are
// set before it is called; it may overwrite or delete them.
type Mount struct {
	// Pattern is that of [http.ServeMux]: "POST /mcp", "/oauth/", "/files/{path...}".
	// The more specific pattern wins, also against the routes of actions. "/", also
	// with a method, is the fallback: it is asked after everything else, static files
	// included, and WebSockets of the app come before it. A pattern without a method gets
	// the preflight requests of browsers (OPTIONS), too; one with a method has them
	// answered with 204 and no CORS headers. Required.
	Pattern string
	// Handler answers the requests. Required.
	Handler http.Handler
	// CORS applies WEB_SERVER_ALLOWED_ORIGINS, _METHODS and _HEADERS to the handler,
	// and answers preflight requests for it. False leaves CORS to the handler, and
	// closes it to the pages of other origins if it does nothing.
	CORS bool
	// MaxBody is the largest request body in bytes. The handler's read of a larger
	// one returns an [*http.MaxBytesError]. 0: WEB_MAX_BODY_SIZE. Negative: without
	// limit.
	MaxBody int64
}

// Mounter is a part that answers HTTP requests outside of actions.
type Mounter interface {
	Part
	// Mounts returns the handlers. It is called once.
	Mounts() []Mount
}
