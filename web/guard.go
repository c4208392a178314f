package web

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/keryx-go/keryx/action"
)

// guarded protects the server from both sides of a request: a client that
// does not take its answer is given up after the write timeout, and a handler
// that panics is answered for.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g := &guard{ResponseWriter: w, timeout: s.writeTimeout()}
		defer func() {
			if value := recover(); value != nil {
				s.recovered(g, r, value)
			}
		}()
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(g, r)
	})
}

// recovered answers for a handler that panicked. When part of the answer is
// out, the connection is cut, so that no client takes a half for the whole.
func (s *Server) recovered(g *guard, r *http.Request, value any) {
	if value == http.ErrAbortHandler {
		panic(value)
	}
	s.options.Logger.Error("a handler panicked", "method", r.Method, "path", r.URL.Path,
		"panic", fmt.Sprint(value), "stack", string(debug.Stack()))
	if g.wrote {
		panic(http.ErrAbortHandler)
	}
	message := "Internal server error"
	if !s.options.HideInternals {
		message = fmt.Sprintf("panic: %v", value)
	}
	s.fail(g, r, &action.Error{Type: action.ConnectionServerError, Message: message})
}

// guard moves the write deadline ahead of each write.
type guard struct {
	http.ResponseWriter
	timeout time.Duration
	until   time.Time
	wrote   bool
}

// Unwrap gives [http.ResponseController] the writer beneath.
func (g *guard) Unwrap() http.ResponseWriter { return g.ResponseWriter }

func (g *guard) WriteHeader(status int) {
	g.wrote = g.wrote || status >= http.StatusOK
	g.extend()
	g.ResponseWriter.WriteHeader(status)
}

func (g *guard) Write(p []byte) (int, error) {
	g.wrote = true
	g.extend()
	return g.ResponseWriter.Write(p)
}

// extend allows the whole timeout from now, but not more than once a second.
func (g *guard) extend() {
	if g.timeout <= 0 {
		return
	}
	if now := time.Now(); now.Add(g.timeout - time.Second).After(g.until) {
		g.until = now.Add(g.timeout)
		_ = http.NewResponseController(g.ResponseWriter).SetWriteDeadline(g.until) // not every writer has one
	}
}

// Flush sends what is buffered, for streams.
func (g *guard) Flush() {
	g.extend()
	_ = http.NewResponseController(g.ResponseWriter).Flush()
}
