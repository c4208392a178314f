package load_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	connections = 4
	moment      = 50 * time.Millisecond
)

// serve starts a server and returns the target for it, which expects "right".
func serve(t *testing.T, h http.HandlerFunc) load.Target {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return load.Target{URL: s.URL + "/path?q=1", Body: []byte("right")}
}

func run(t *testing.T, target load.Target) *load.Result {
	t.Helper()
	r, err := load.Run(t.Context(), target, connections, moment)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRunKeepsItsConnections(t *testing.T) {
	var requests, wrong atomic.Int64
	var remotes sync.Map
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		remotes.Store(r.RemoteAddr, true)
		if r.RequestURI != "/path?q=1" || r.Header.Get("Accept-Encoding") != "" {
			wrong.Add(1)
		}
		_, _ = w.Write([]byte("right"))
	})
	r := run(t, target)
	if r.Errors != 0 || wrong.Load() != 0 {
		t.Errorf("%d errors, first %v; %d wrong requests", r.Errors, r.FirstError, wrong.Load())
	}
	if got := int64(len(r.Latencies)); got == 0 || got != requests.Load() {
		t.Errorf("%d latencies, the server saw %d requests", got, requests.Load())
	}
	seen := 0
	remotes.Range(func(any, any) bool { seen++; return true })
	if seen != connections {
		t.Errorf("the server saw %d connections, expected %d", seen, connections)
	}
	if r.Elapsed < moment || r.PerSecond() <= 0 || r.Percentile(0.5) > r.Percentile(0.99) {
		t.Errorf("elapsed %v, %v/s, p50 %v, p99 %v", r.Elapsed, r.PerSecond(), r.Percentile(0.5), r.Percentile(0.99))
	}
}

func TestRunCountsWrongAnswers(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		message string
	}{
		"status": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) }, "status 418"},
		"body":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("Right")) }, `the body is "Right"`},
		"none":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, serve(t, test.handler))
			if len(r.Latencies) != 0 || r.Errors < connections || r.FirstError == nil {
				t.Fatalf("%d right, %d errors, first %v", len(r.Latencies), r.Errors, r.FirstError)
			}
			if !strings.Contains(r.FirstError.Error(), test.message) {
				t.Errorf("the error is %q, expected it to contain %q", r.FirstError, test.message)
			}
		})
	}
}

func TestRunReconnects(t *testing.T) {
	r := run(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		_, _ = w.Write([]byte("right"))
	}))
	if r.Errors != 0 || len(r.Latencies) <= connections {
		t.Errorf("%d right, %d errors, first %v", len(r.Latencies), r.Errors, r.FirstError)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	release := make(chan struct{})
	defer close(release)
	target := serve(t, func(http.ResponseWriter, *http.Request) {
		cancel(enough)
		<-release
	})
	if _, err := load.Run(ctx, target, connections, time.Hour); !errors.Is(err, enough) {
		t.Errorf("the error is %v, expected %v", err, enough)
	}
}

func TestRunNeedsAServer(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	for _, url := range []string{s.URL, "ftp://127.0.0.1/", "http://[/"} {
		if _, err := load.Run(t.Context(), load.Target{URL: url}, 1, moment); err == nil {
			t.Errorf("%s: no error", url)
		}
	}
}

func TestProbe(t *testing.T) {
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/path" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("X-Server-Name", "server")
		_, _ = w.Write([]byte("right"))
	})
	header, body, err := load.Probe(t.Context(), target.URL)
	if err != nil || string(body) != "right" || header.Get("X-Server-Name") != "server" {
		t.Errorf("body %q, header %v, error %v", body, header, err)
	}
	if _, _, err := load.Probe(t.Context(), strings.Replace(target.URL, "path", "other", 1)); err == nil {
		t.Error("a 404 is no error")
	}
}
