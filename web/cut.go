package web

import (
	"context"
	"net"
	"net/http"
)

type connKey struct{}

// withConn is for [http.Server.ConnContext].
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// cut ends a response that has begun and is not whole: it panics. In HTTP/2 the stream is
// reset, and with chunks or a Content-Length the end is missing. HTTP/1.0 has no chunks,
// so that the end of the connection is that of the body: there, the connection is
// reset instead of closed.
func cut(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(interface{ SetLinger(sec int) error }); ok && !r.ProtoAtLeast(1, 1) {
		_ = c.SetLinger(0) // it fails when the connection is gone
	}
	panic(http.ErrAbortHandler)
}
