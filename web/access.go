package web

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/keryx-go/keryx/action"
)

// access logs one line for a request, when its response is over.
type access struct {
	of    *guarded
	begun time.Time

	request *http.Request
	status  int   // 0: the handler has written nothing
	bytes   int64 // of the body, as it was sent
	cut     bool  // the response is not complete

	mu   sync.Mutex
	over bool
	ctx  context.Context // of the action or the mounted function; nil: there was none
	line action.Line     // of the action
	// Set for a health check. The pattern of the request would not say it: middleware
	// passes on a copy.
	health bool
}

type accessKey struct{}

// accessBegun returns that of a request for which middleware of the app runs, or nil.
func accessBegun(r *http.Request) *access {
	a, _ := r.Context().Value(accessKey{}).(*access)
	return a
}

func (a *access) begin(of *guarded, r *http.Request) { a.of, a.request, a.begun = of, r, time.Now() }

// run adds the context of who is calling, and what is to be logged of the action, in place
// of what was added before.
func (a *access) run(ctx context.Context, line action.Line) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ctx, a.line = ctx, line
}

// isHealth says that the request is a health check.
func (a *access) isHealth() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.health = true
}

// end logs the line, once.
func (a *access) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return
	}
	a.over = true
	if a.request.Method == http.MethodHead {
		a.bytes = 0 // package http drops what the handler writes
	}
	ctx, level := a.ctx, a.level()
	if ctx == nil {
		ctx = a.request.Context()
	}
	if !a.of.logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", a.request.Method),
		slog.String("path", a.request.URL.Path),
		slog.Int("code", a.code()),
		slog.Int64("bytes", a.bytes),
		slog.Duration("duration", time.Since(a.begun).Round(time.Microsecond)),
	}
	if a.cut {
		attrs = append(attrs, slog.Bool("cut", true))
	}
	if len(a.line.Attrs) == 0 {
		attrs = append(attrs, slog.String("from", a.of.caller(a.request)))
		if id := a.of.id(a.request); id != "" {
			attrs = append(attrs, slog.String("correlationId", id))
		}
	}
	a.of.logger.LogAttrs(ctx, level, "request", slices.Concat(attrs, a.line.Attrs)...)
}

// code returns the status that the client got. Package http sends 200 for a handler that
// has written nothing.
func (a *access) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// level returns that of a request by its answer. Health checks come every few seconds
// and are of no interest but to find out why they fail.
func (a *access) level() slog.Level {
	switch {
	case a.health:
		return slog.LevelDebug
	case a.code() >= http.StatusInternalServerError:
		return slog.LevelError
	}
	return max(a.line.Level, slog.LevelInfo)
}

// accessOf returns that of a response. Writers between the handler and its guard have a
// method Unwrap.
func accessOf(w http.ResponseWriter) *access {
	for {
		switch writer := w.(type) {
		case *guard:
			return writer.access
		case interface{ Unwrap() http.ResponseWriter }:
			w = writer.Unwrap()
		default:
			return &access{over: true} // it was not made by this package
		}
	}
}
