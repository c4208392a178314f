// Package sockettest has both ends of a WebSocket, for tests.
package sockettest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/bench/internal/socket"
)

// Serve runs a server that passes its WebSockets to f, and returns its address.
func Serve(tb testing.TB, f func(context.Context, *websocket.Conn)) (address string) {
	tb.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			tb.Error(err)
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(1 << 20)
		f(context.Background(), c)
	}))
	tb.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// Dial opens a WebSocket until the end of the test, for at most ten seconds.
func Dial(tb testing.TB, address string) *socket.Conn {
	tb.Helper()
	c, err := socket.Dial(tb.Context(), address, "")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	c.Limit(time.Now().Add(10 * time.Second))
	return c
}
