package web_test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/web"
)

// late is a server whose handlers at /late expose values that they must not use after
// they have returned.
type late struct {
	server  *web.Server
	writers chan http.ResponseWriter
	bodies  chan io.Reader
	during  func() // is called in the middle of the handler of /other
}

// startLate starts the server. With middleware, it is its writer that is handed out.
func startLate(t *testing.T, middleware bool) *late {
	l := &late{writers: make(chan http.ResponseWriter, 1), bodies: make(chan io.Reader, 1)}
	begin := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, strings.Repeat("A", 5000))
		if !middleware {
			l.writers <- w
		}
		l.bodies <- r.Body
	}
	l.server = start(t, nil, func(_ *action.Registry, s *web.Server) {
		s.Handle("/late", http.HandlerFunc(begin))
		s.Handle("/panics", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begin(w, r)
			panic("half-way")
		}))
		s.Handle("/other", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for range 4 {
				_, _ = io.WriteString(w, strings.Repeat("b", 1500))
				l.during()
			}
		}))
		if middleware {
			s.Use(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != "/other" {
						defer func() { l.writers <- w }()
					}
					next.ServeHTTP(w, r)
				})
			})
		}
	})
	return l
}

// get returns the body of an answer, as far as it came.
func (l *late) get(t *testing.T, path, encoding string) (string, error) {
	t.Helper()
	c := dial(t, l.server.URL())
	defer func() { _ = c.Close() }()
	if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nAccept-Encoding: %s\r\n\r\nabc", path, encoding); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", err
	}
	body := io.Reader(response.Body)
	if response.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(body); err != nil {
			return "", err
		}
	}
	text, err := io.ReadAll(body)
	return string(text), err
}

// TestLateWritesReachNothing: a handler that goes on after it has returned gets
// an error from all that it kept, and the memory that its response has given
// back is another one's.
func TestLateWritesReachNothing(t *testing.T) {
	for _, encoding := range []string{"gzip", "identity"} {
		for _, path := range []string{"/late", "/panics"} {
			for _, middleware := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s%s, middleware %v", encoding, path, middleware), func(t *testing.T) {
					l := startLate(t, middleware)
					for range 20 {
						answer, err := l.get(t, path, encoding)
						if whole := err == nil; whole != (path == "/late") || whole && answer != strings.Repeat("A", 5000) {
							t.Fatalf("got %d bytes, %.20q, %v", len(answer), answer, err)
						}
						w, body := <-l.writers, <-l.bodies
						l.during = func() { writesLate(t, w, body) }
						if got, err := l.get(t, "/other", encoding); got != strings.Repeat("b", 6000) || err != nil {
							t.Fatalf("another response has become %.2000q, %v", got, err)
						}
					}
				})
			}
		}
	}
}

// writesLate tries all that a ResponseWriter can do, and reads the request.
func writesLate(t *testing.T, w http.ResponseWriter, body io.Reader) {
	t.Helper()
	c := http.NewResponseController(w)
	w.WriteHeader(http.StatusTeapot)
	_, written := io.WriteString(w, strings.Repeat("SECRET", 500))
	_, copied := io.Copy(w, strings.NewReader("SECRET"))
	conn, _, hijacked := c.Hijack()
	if conn != nil {
		_ = conn.Close()
	}
	w.(http.Flusher).Flush()
	for name, err := range map[string]error{
		"Write": written, "io.Copy": copied, "Hijack": hijacked, "Flush": c.Flush(),
		"SetReadDeadline": c.SetReadDeadline(time.Unix(1, 0)), "SetWriteDeadline": c.SetWriteDeadline(time.Unix(1, 0)),
	} {
		if !errors.Is(err, web.ErrHandlerReturned) {
			t.Errorf("%s returns %v", name, err)
		}
	}
	if n, err := body.Read(make([]byte, 10)); n != 0 || err == nil {
		t.Errorf("%d bytes of the request were read, %v", n, err)
	}
}
