package e2e

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
)

// gate is a proxy before a server, which a test may close for those who come through it.
type gate struct {
	*server // as those see it who come through the gate
	closed  atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

func startGate(t *testing.T, s *server) *gate {
	t.Helper()
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.ErrorLog = log.New(io.Discard, "", 0) // of a server that a test has stopped
	g := new(gate)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer := g.closed.Load(); answer == nil || !(*answer)(w, r) {
			forward.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(proxy.Close)
	g.server = &server{t: t, url: proxy.URL}
	return g
}

// shut lets a function answer requests, as long as it reports that it did.
func (g *gate) shut(answer func(http.ResponseWriter, *http.Request) bool) { g.closed.Store(&answer) }

// cut lets nothing through.
func (g *gate) cut() {
	g.shut(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	})
}

// open lets everything through.
func (g *gate) open() { g.closed.Store(nil) }
