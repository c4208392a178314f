package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/stream"
	"github.com/keryx-go/keryx/web"
)

// logbook is a log whose lines a test waits for: a response may arrive before its line.
type logbook struct {
	mu    sync.Mutex
	lines []map[string]any
	more  chan struct{}
}

func newLogbook() *logbook { return &logbook{more: make(chan struct{}, 1000)} }

func (b *logbook) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for one := range bytes.Lines(line) {
		var fields map[string]any
		if err := json.Unmarshal(one, &fields); err != nil {
			return 0, err
		}
		b.lines = append(b.lines, fields)
		b.more <- struct{}{}
	}
	return len(line), nil
}

func (b *logbook) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// next waits for n lines and takes them.
func (b *logbook) next(t *testing.T, n int) []map[string]any {
	t.Helper()
	for range n {
		select {
		case <-b.more:
		case <-time.After(10 * time.Second):
			t.Fatalf("fewer than %d lines: %v", n, b.lines)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.lines
	b.lines = nil
	return taken
}

// unavailable is a result that answers itself.
type unavailable struct{}

func (unavailable) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusServiceUnavailable)
}

// logged registers what answers in many ways. The actions that do not heed their context
// go on until answered.
func logged(answered <-chan struct{}) func(*action.Registry, *web.Server) {
	return func(r *action.Registry, s *web.Server) { register(r, s, answered) }
}

func register(r *action.Registry, s *web.Server, answered <-chan struct{}) {
	type in struct {
		Name string `json:"name" required:"false"`
		Pass string `json:"pass" required:"false" secret:"true"`
	}
	action.Handle(r, action.Action{Name: "hello", Web: action.POST("/hello")}, func(_ context.Context, in in) (string, error) {
		return in.Name, nil
	})
	action.Handle(r, action.Action{Name: "fails", Web: action.GET("/fails")}, func(context.Context, struct{}) (int, error) {
		return 0, errors.New("broken")
	})
	action.Handle(r, action.Action{Name: "refuses", Web: action.GET("/refuses")}, func(context.Context, struct{}) (int, error) {
		return 0, fault.Forbidden("no")
	})
	action.Handle(r, action.Action{Name: "itself", Web: action.GET("/itself")}, func(context.Context, struct{}) (unavailable, error) {
		return unavailable{}, nil
	})
	action.Handle(r, action.Action{Name: "slow", Web: action.GET("/slow"), Timeout: time.Millisecond}, func(ctx context.Context, _ struct{}) (int, error) {
		<-ctx.Done()
		<-answered
		return 1, nil
	})
	action.Handle(r, action.Action{Name: "late", Web: action.GET("/late"), Timeout: time.Millisecond}, func(ctx context.Context, _ struct{}) (int, error) {
		<-ctx.Done()
		<-answered
		panic("too late")
	})
	action.Handle(r, action.Action{Name: "counts", Web: action.GET("/counts")}, func(context.Context, struct{}) (*stream.EventStream, error) {
		return stream.Events(func(_ context.Context, send *stream.Sender) error { return send.Event("", "1") }), nil
	})
	action.Handle(r, action.Action{Name: "breaks", Web: action.GET("/breaks")}, func(context.Context, struct{}) (*stream.ChunkStream, error) {
		return stream.Chunks("text/plain", func(_ context.Context, w io.Writer) error {
			_, _ = io.WriteString(w, "half")
			return errors.New("broken")
		}), nil
	})
	s.Handle("/mounted", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "teapot", http.StatusTeapot) }))
	s.Handle("/panics", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))
}

// TestOneLineForEachRequest: whatever answers it.
func TestOneLineForEachRequest(t *testing.T) {
	book := newLogbook()
	url := serve(t, options{logger: book.logger(), files: fstest.MapFS{"a.txt": {Data: []byte("file")}}}, logged(nil))
	for name, test := range map[string]struct {
		method, path, contentType, body string
		want                            string // level code bytes [name status params] [error]
	}{
		"an action":              {"POST", "/api/hello?x=1", "application/json", `{"name":"ada","pass":"hunter2"}`, `INFO 200 5 hello OK map[name:ada pass:[[secret]]]`},
		"bad input":              {"POST", "/api/hello", "application/json", `{"name":1}`, `INFO 406 - hello CONNECTION_ACTION_PARAM_REQUIRED map[name:1]`},
		"a body that is broken":  {"POST", "/api/hello", "application/json", `{`, `INFO 400 - hello CONNECTION_ACTION_RUN map[]`},
		"a type that is unknown": {"POST", "/api/hello", "text/csv", `a`, `INFO 415 - hello CONNECTION_ACTION_RUN map[]`},
		"a query that is broken": {"GET", "/api/fails?%zz", "", "", `INFO 400 - fails CONNECTION_ACTION_RUN map[]`},
		"a failure":              {"GET", "/api/fails", "", "", `ERROR 500 - fails CONNECTION_ACTION_RUN map[]`},
		"a refusal":              {"GET", "/api/refuses", "", "", `INFO 403 - refuses CONNECTION_FORBIDDEN map[]`},
		"a result that answers":  {"GET", "/api/itself", "", "", `ERROR 503 0 itself OK map[]`},
		"a stream":               {"GET", "/api/counts", "", "", `INFO 200 9 counts OK map[]`},
		"no route":               {"GET", "/api/nope", "", "", `INFO 404 -`},
		"another method":         {"PATCH", "/api/hello", "", "", `INFO 405 -`},
		"a file":                 {"GET", "/a.txt", "", "", `INFO 200 4`},
		"the header of a file":   {"HEAD", "/a.txt", "", "", `INFO 200 0`},
		"the header of a result": {"HEAD", "/api/counts", "", "", `INFO 200 0 counts OK map[]`},
		"the header of an error": {"HEAD", "/api/refuses", "", "", `INFO 403 0 refuses CONNECTION_FORBIDDEN map[]`},
		"a mounted handler":      {"GET", "/mounted", "", "", `INFO 418 7`},
		"a preflight":            {"OPTIONS", "/api/hello", "", "", `INFO 200 0`},
	} {
		t.Run(name, func(t *testing.T) {
			response := ask(t, test.method, url+test.path, test.contentType, test.body)
			line := book.next(t, 1)[0]
			got := fmt.Sprintf("%v %v %v", line["level"], line["code"], line["bytes"])
			if line["code"] != 200.0 && strings.HasPrefix(response.body, "{") {
				got = fmt.Sprintf("%v %v -", line["level"], line["code"])
				if line["bytes"] != float64(len(response.body)) {
					t.Errorf("%v bytes were logged, and %d sent", line["bytes"], len(response.body))
				}
			}
			if line["name"] != nil {
				got += fmt.Sprintf(" %v %v %v", line["name"], line["status"], line["params"])
			}
			path, _, _ := strings.Cut(test.path, "?")
			if got != test.want || line["msg"] != "request" || line["method"] != test.method || line["path"] != path {
				t.Errorf("got %s, want %s\n%v", got, test.want, line)
			}
			if line["duration"] == nil || line["from"] != "127.0.0.1" || line["correlationId"] != response.header.Get("X-Request-Id") || line["correlationId"] == nil {
				t.Errorf("the line is not complete: %v", line)
			}
		})
	}
	book.mu.Lock()
	defer book.mu.Unlock()
	if len(book.lines) > 0 {
		t.Errorf("there are more lines: %v", book.lines)
	}
}

func TestLinesOfFailures(t *testing.T) {
	book := newLogbook()
	answered := make(chan struct{})
	url := serve(t, options{logger: book.logger()}, logged(answered))

	ask(t, "GET", url+"/panics", "", "")
	if lines := book.next(t, 2); lines[0]["msg"] != "a handler panicked" || lines[1]["code"] != 500.0 || lines[1]["level"] != "ERROR" {
		t.Errorf("a panic: %v", lines)
	}

	ask(t, "GET", url+"/api/slow", "", "").expect(t, 408)
	answered <- struct{}{}
	if line := book.next(t, 1)[0]; line["code"] != 408.0 || line["status"] != "CONNECTION_ACTION_TIMEOUT" {
		t.Errorf("an action that ignores its timeout: %v", line)
	}

	ask(t, "GET", url+"/api/late", "", "").expect(t, 408)
	answered <- struct{}{}
	lines := book.next(t, 2)
	if lines[0]["code"] != 408.0 || lines[1]["error"] != "panic: too late" || !strings.Contains(fmt.Sprint(lines[1]["stack"]), "access_test.go") || lines[1]["name"] != "late" {
		t.Errorf("a late panic: %v", lines)
	}

	response, err := http.Get(url + "/api/breaks")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("a stream that failed looks complete")
	}
	_ = response.Body.Close()
	if line := book.next(t, 1)[0]; line["code"] != 200.0 || line["cut"] != true || line["level"] != "ERROR" || !strings.Contains(fmt.Sprint(line["error"]), "broken") {
		t.Errorf("a stream that fails: %v", line)
	}
}

// TestLineOfAnUpgrade: the request is over when the connection is handed over.
func TestLineOfAnUpgrade(t *testing.T) {
	book := newLogbook()
	release := make(chan struct{})
	url := serve(t, options{logger: book.logger()}, func(_ *action.Registry, s *web.Server) {
		s.Handle("/tunnel", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			<-release
			_ = conn.Close()
		}))
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET /tunnel HTTP/1.1\r\nHost: x\r\n\r\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "101") {
		t.Errorf("got %q, %v", line, err)
	}
	if line := book.next(t, 1)[0]; line["code"] != 101.0 || line["path"] != "/tunnel" {
		t.Errorf("got %v", line)
	}
	close(release)
}

// TestLinesOfMiddleware: a request that middleware of the app answers has a line, and
// one that it lets through has one line.
func TestLinesOfMiddleware(t *testing.T) {
	book := newLogbook()
	url := serve(t, options{logger: book.logger()}, func(r *action.Registry, s *web.Server) {
		register(r, s, nil)
		s.Use(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/refuses" {
					http.Error(w, "go away", http.StatusTeapot)
					return
				}
				next.ServeHTTP(struct{ http.ResponseWriter }{w}, r) // it hides Unwrap
			})
		})
	})
	for path, want := range map[string]string{
		"/api/refuses": "418 8 <nil>",
		"/api/fails":   "500 - fails",
		"/mounted":     "418 7 <nil>",
	} {
		ask(t, "GET", url+path, "", "")
		line := book.next(t, 1)[0]
		if line["code"] == 500.0 {
			line["bytes"] = "-"
		}
		if got := fmt.Sprintf("%v %v %v", line["code"], line["bytes"], line["name"]); got != want || line["path"] != path {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// TestHealthChecksAreNotLogged: they come every few seconds.
func TestHealthChecksAreNotLogged(t *testing.T) {
	for name, register := range map[string]func(*action.Registry, *web.Server){
		"alone": logged(nil),
		"with middleware, which passes on a copy": func(r *action.Registry, s *web.Server) {
			register(r, s, nil)
			s.Use(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
				})
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			book := newLogbook()
			url := serve(t, options{logger: book.logger()}, register)
			for _, path := range []string{"/livez", "/readyz", "/api/nope"} {
				ask(t, "GET", url+path, "", "")
			}
			if lines := book.next(t, 1); len(lines) != 1 || lines[0]["path"] != "/api/nope" {
				t.Errorf("got %v", lines)
			}
		})
	}
}
