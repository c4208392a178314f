package web

import (
	"log/slog"
	"net/http"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// WriteError answers a request with an error, as the server does for an action: the
// status and the body of [fault.From], and the headers of the reply of the connection
// in r's context, if there is one. An error of the server (5xx) is logged.
//
// It is for handlers and middleware of a [Server], mounted ones included, before they
// have written anything. With a writer that is not the server's, and does not unwrap to
// it, it writes neither the stack nor the message of an internal error, and logs nothing.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	connection.From(r.Context()).WriteReply(w.Header())
	h := guardedOf(w)
	if h == nil {
		errorWriter{}.write(w, r, fault.From(err, true))
		return
	}
	f := fault.From(err, h.hideInternals)
	if f.HTTPStatus() >= http.StatusInternalServerError && r.Context().Err() == nil {
		logFailure(h.logger, r, err, f)
	}
	h.errors.write(w, r, f)
}

// logFailure logs an error of the server.
func logFailure(logger *slog.Logger, r *http.Request, err error, f *fault.Error) {
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("error", err.Error())}
	if f.Trace != "" {
		attrs = append(attrs, slog.String("stack", f.Trace))
	}
	logger.LogAttrs(r.Context(), slog.LevelError, "a handler failed", attrs...)
}
