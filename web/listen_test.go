package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/web"
)

// rawGet sends a path as it is written and returns the whole answer.
func rawGet(t testing.TB, url, path string) string {
	t.Helper()
	return talk(t, url, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

func dial(t testing.TB, url string) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// talk writes bytes and reads until the server closes the connection.
func talk(t testing.TB, url, request string) string {
	t.Helper()
	c := dial(t, url)
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("the server neither answered nor closed: %v", err)
	}
	return string(answer)
}

// start returns a server that listens on a port of its own.
func start(t *testing.T, env []string, register func(*action.Registry, *web.Server)) *web.Server {
	t.Helper()
	registry := action.NewRegistry(action.Options{})
	c := settings(t, append([]string{"WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT=0"}, env...)...)
	s := web.New(web.Options{Config: c, Actions: registry, Name: "tester", Logger: slog.New(slog.DiscardHandler)})
	register(registry, s)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

func TestClientsThatStopHalfWay(t *testing.T) {
	s := start(t, []string{"WEB_READ_HEADER_TIMEOUT=200", "WEB_READ_TIMEOUT=400"}, echoes)
	if answer := talk(t, s.URL(), "GET /api/echo/1 HTTP/1.1\r\nHo"); answer != "" && !strings.Contains(answer, "40") {
		t.Errorf("half a header was answered with %q", answer)
	}
	answer := talk(t, s.URL(), "PUT /api/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"id\":")
	if !strings.Contains(answer, " 408 ") || !strings.Contains(answer, "it took too long to arrive") {
		t.Errorf("half a body was answered with %q", answer)
	}
	c := dial(t, s.URL())
	if _, err := io.WriteString(c, "PUT /api/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"id\":"); err != nil {
		t.Fatal(err)
	}
	_ = c.Close() // and the server must live
	if answer := rawGet(t, s.URL(), "/api/echo/1"); !strings.Contains(answer, " 200 ") {
		t.Errorf("afterwards: %q", answer)
	}
}

func TestStartNamesAPortThatIsTaken(t *testing.T) {
	s := start(t, nil, echoes)
	port := s.URL()[strings.LastIndex(s.URL(), ":")+1:]
	other := web.New(web.Options{
		Config: settings(t, "WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT="+port), Actions: action.NewRegistry(action.Options{}),
		Logger: slog.New(slog.DiscardHandler),
	})
	err := other.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "cannot listen on 127.0.0.1:"+port) || !strings.Contains(err.Error(), "WEB_SERVER_PORT") {
		t.Errorf("got %v", err)
	}
	if err := s.Start(t.Context()); err == nil {
		t.Error("a second start went through")
	}
}

func TestStopIsBounded(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s := start(t, nil, func(r *action.Registry, _ *web.Server) {
		action.Handle(r, action.Action{Name: "deaf", Web: action.GET("/deaf")}, func(context.Context, struct{}) (any, error) {
			close(entered)
			<-release
			return nil, nil
		})
	})
	url, gone := s.URL(), make(chan struct{})
	go func() {
		defer close(gone)
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = io.WriteString(c, "GET /api/deaf HTTP/1.1\r\nHost: x\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := s.Stop(ctx); err == nil || !strings.Contains(err.Error(), "requests were still running") {
		t.Errorf("got %v", err)
	}
	<-gone
	close(release)
}

// TestSlowReader takes nothing of a large answer: the server gives it up, also when
// other requests came over its connection before.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]int{"first request": 0, "later request": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			s := start(t, []string{"WEB_WRITE_TIMEOUT=1500"}, func(_ *action.Registry, s *web.Server) {
				s.Handle("GET /small", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = io.WriteString(w, "ok")
				}))
				s.Handle("GET /large", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, err := w.Write(make([]byte, 64<<20))
					ended <- err
				}))
			})
			c := dial(t, s.URL())
			r := bufio.NewReader(c)
			for range before {
				if _, err := fmt.Fprint(c, "GET /small HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				response, err := http.ReadResponse(r, nil)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, response.Body)
			}
			if _, err := fmt.Fprint(c, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				if err == nil || !strings.Contains(err.Error(), "timeout") {
					t.Errorf("ended with %v", err)
				}
			case <-time.After(15 * time.Second):
				t.Error("the handler still writes")
			}
		})
	}
}
