package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/coder/websocket"
	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/logging"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
	"github.com/keryx-go/keryx/web"
)

// visits is the data of a session.
type visits struct {
	Count int `json:"count"`
}

// sharedLog is a log that a test reads while a server may write to it.
type sharedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *sharedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *sharedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// authenticated returns the URL of a server with sessions and the tokens "admin" and
// "user", and what it logs.
func authenticated(t *testing.T, hide bool, register func(*web.Server)) (string, *sharedLog) {
	t.Helper()
	redisServer := miniredis.RunT(t)
	client := goredis.NewClient(&goredis.Options{Addr: redisServer.Addr(), DialerRetries: 1, MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	var log sharedLog
	callers := auth.New(auth.Options{
		Sessions: session.NewStore(session.Options{Redis: &redis.Connections{Client: client}}),
		Authenticators: []auth.Authenticator{auth.Bearer(func(_ context.Context, token string) (*auth.Identity, error) {
			if token != "admin" && token != "user" {
				return nil, fault.Unauthorized("A wrong token")
			}
			return &auth.Identity{Subject: token, Roles: []string{token}}, nil
		})},
	})
	s := web.New(web.Options{
		Config: settings(t, "WEB_SERVER_INCLUDE_STACK_IN_ERRORS=false"), Actions: action.NewRegistry(action.Options{}), Attach: callers.Attach,
		Logger: slog.New(logging.WithContext(slog.NewTextHandler(&log, nil))), HideInternals: hide, Upgrade: http.HandlerFunc(upgrades),
	})
	register(s)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL, &log
}

// naming is middleware that names the call, and answers for /answered itself.
func naming(next action.Handler) action.Handler {
	return func(ctx context.Context, call *action.Call) (any, error) {
		connection.From(ctx).SetReply("X-Call", call.Action.Name)
		switch call.Action.Name {
		case "/answered":
			return map[string]int{"answered": 1}, nil
		case "/redirected":
			return web.Redirect{Location: "/there"}, nil
		case "/unencodable":
			return func() {}, nil
		}
		return next(ctx, call)
	}
}

func handlers(s *web.Server) {
	s.HandleFunc("GET /admin/{name}", func(w http.ResponseWriter, r *http.Request) error {
		who, err := auth.From(r.Context())
		if err == nil {
			_, err = fmt.Fprintf(w, "%s %s %s", who.Subject, r.PathValue("name"), connection.From(r.Context()).Transport)
		}
		return err
	}, naming, auth.RequireRole("admin"))
	s.HandleFunc("GET /orgs/{org}/export", func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "exported")
		return err
	}, naming, func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			if call.PathValue("org") != "1" || call.PathValue("other") != "" {
				return nil, fault.NotFound("There is no organisation %s", call.PathValue("org"))
			}
			return next(ctx, call)
		}
	})
	s.HandleFunc("/visit", func(w http.ResponseWriter, r *http.Request) error {
		count := 0
		err := session.Update(r.Context(), func(v *visits) error { v.Count++; count = v.Count; return nil })
		if err == nil {
			_, err = fmt.Fprintf(w, "visit %d", count)
		}
		return err
	})
	s.HandleFunc("/nothing", func(http.ResponseWriter, *http.Request) error { return nil }, naming)
	s.HandleFunc("/wrong", func(http.ResponseWriter, *http.Request) error { return fault.Conflict("no") }, naming)
	s.HandleFunc("/broken", func(http.ResponseWriter, *http.Request) error { return errors.New("a secret cause") }, naming)
	s.HandleFunc("/half", func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, strings.Repeat("half", 1<<12))
		return errors.New("the other half is missing")
	}, naming)
	for _, name := range []string{"/answered", "/redirected", "/unencodable"} {
		s.HandleFunc(name, func(http.ResponseWriter, *http.Request) error { panic("not reached") }, naming)
	}
}

func TestHandleFunc(t *testing.T) {
	url, log := authenticated(t, true, handlers)
	for _, test := range []struct {
		path, token string
		status      int
		body, call  string
		challenge   string
	}{
		{"/admin/ada", "admin", 200, "admin ada web", "GET /admin/{name}", ""},
		{"/admin/ada", "user", 403, "CONNECTION_FORBIDDEN", "GET /admin/{name}", ""},
		{"/admin/ada", "", 401, "CONNECTION_SESSION_NOT_FOUND", "GET /admin/{name}", "Bearer"},
		{"/admin/ada", "forged", 401, "A wrong token", "GET /admin/{name}", `Bearer error="invalid_token"`},
		{"/orgs/1/export", "", 200, "exported", "GET /orgs/{org}/export", ""},
		{"/orgs/2/export", "", 404, "There is no organisation 2", "GET /orgs/{org}/export", ""},
		{"/nothing", "", 200, "", "/nothing", ""},
		{"/wrong", "", 409, `{"error":{"message":"no","type":"CONNECTION_CONFLICT"`, "/wrong", ""},
		{"/broken", "", 500, "Internal server error", "/broken", ""},
		{"/answered", "", 200, `{"answered":1}`, "/answered", ""},
		{"/redirected", "", 302, "", "/redirected", ""},
		{"/unencodable", "", 500, "Internal server error", "/unencodable", ""},
	} {
		var header []string
		if test.token != "" {
			header = []string{"Authorization", "Bearer " + test.token}
		}
		r := ask(t, "GET", url+test.path, "", "", header...)
		if r.status != test.status || !strings.Contains(r.body, test.body) || r.header.Get("X-Call") != test.call || r.header.Get("WWW-Authenticate") != test.challenge {
			t.Errorf("%s as %q: %d %s %v", test.path, test.token, r.status, r.body, r.header)
		}
		if strings.Contains(r.body, "a secret cause") {
			t.Errorf("%s tells %s", test.path, r.body)
		}
	}
	if !strings.Contains(log.String(), "a secret cause") || strings.Contains(log.String(), "CONFLICT") {
		t.Errorf("the log has %s", log)
	}
}

// TestLineOfHandleFunc: the line of a request says who is calling, as that of an action.
func TestLineOfHandleFunc(t *testing.T) {
	url, log := authenticated(t, true, handlers)
	for _, token := range []string{"admin", "user"} {
		r := ask(t, "GET", url+"/admin/ada", "", "", "Authorization", "Bearer "+token)
		want := fmt.Sprintf("from=127.0.0.1 correlationId=%s user=%s\n", r.header.Get("X-Request-Id"), token)
		eventually.True(t, "the log has "+want, func() bool { return strings.Contains(log.String(), want) })
	}
}

func TestHandleFuncHasTheSession(t *testing.T) {
	url, _ := authenticated(t, false, handlers)
	first := ask(t, "GET", url+"/visit", "", "")
	first.expect(t, 200, "visit 1")
	cookie, _, _ := strings.Cut(first.header.Get("Set-Cookie"), ";")
	ask(t, "GET", url+"/visit", "", "", "Cookie", cookie).expect(t, 200, "visit 2")
}

// TestHandlersRemoveUploads has handlers that read a form with a large file.
func TestHandlersRemoveUploads(t *testing.T) {
	dir := temp(t)
	read := func(w http.ResponseWriter, r *http.Request) error {
		if err := r.ParseMultipartForm(1); err != nil {
			return err
		}
		_, err := fmt.Fprint(w, r.MultipartForm.File["file"][0].Size)
		return err
	}
	url, _ := authenticated(t, false, func(s *web.Server) {
		s.HandleFunc("POST /function", read)
		s.Handle("POST /handler", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = read(w, r) }))
	})
	contentType, body := form(t, formPart{"file", `filename="a"`, "", strings.Repeat("x", 1<<16)})
	for _, path := range []string{"/function", "/handler"} {
		ask(t, "POST", url+path, contentType, body).expect(t, 200, "65536")
		empty(t, dir)
	}
}

// TestHandleFuncCutsAHalf has an error after the response has begun.
func TestHandleFuncCutsAHalf(t *testing.T) {
	url, log := authenticated(t, false, handlers)
	if r, err := http.Get(url + "/half"); err == nil { // or it is cut before the header has gone out
		data, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err == nil {
			t.Errorf("%d bytes look like the whole", len(data))
		}
	}
	if !strings.Contains(log.String(), "the other half is missing") {
		t.Errorf("the log has %s", log)
	}
}

// TestHandleFuncTakesWebSockets has the headers of the reply in the answer to an upgrade.
func TestHandleFuncTakesWebSockets(t *testing.T) {
	url, _ := authenticated(t, false, func(s *web.Server) {
		s.HandleFunc("GET /own", func(w http.ResponseWriter, r *http.Request) error {
			c, err := websocket.Accept(w, r, nil)
			if err != nil {
				return nil
			}
			kind, data, err := c.Read(r.Context())
			if err == nil {
				err = c.Write(r.Context(), kind, append([]byte("own "), data...))
			}
			return errors.Join(err, c.Close(websocket.StatusNormalClosure, ""))
		}, naming, auth.Require)
	})
	_, refused, err := websocket.Dial(t.Context(), url+"/own", nil)
	if err == nil || refused.StatusCode != 401 {
		t.Errorf("an anonymous caller: %v", err)
	}
	c, accepted, err := websocket.Dial(t.Context(), url+"/own", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer user"}, "Accept-Encoding": {"gzip"}}})
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Header.Get("X-Call") != "GET /own" {
		t.Errorf("%v", accepted.Header)
	}
	expectEcho(t, c, "own ")
}

// expectEcho sends a message and expects it back behind a prefix.
func expectEcho(t *testing.T, c *websocket.Conn, prefix string) {
	t.Helper()
	defer func() { _ = c.CloseNow() }()
	if err := c.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, data, err := c.Read(t.Context()); string(data) != prefix+"hello" {
		t.Errorf("%s, %v", data, err)
	}
}

func TestHandleFuncWithoutAFunction(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); got != `keryx: handler "/x": it is nil` {
			t.Error(got)
		}
	}()
	web.New(web.Options{Config: settings(t), Actions: action.NewRegistry(action.Options{})}).HandleFunc("/x", nil)
}

// TestWriteError answers within a server, behind another writer, and outside of one.
func TestWriteError(t *testing.T) {
	failing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { web.WriteError(w, r, errors.New("the cause")) })
	var log strings.Builder
	s := web.New(web.Options{
		Config: settings(t, "WEB_SERVER_INCLUDE_STACK_IN_ERRORS=true"), Actions: action.NewRegistry(action.Options{}), Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	s.Handle("/handler", failing)
	s.Handle("/hidden", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		failing(struct{ http.ResponseWriter }{w}, r)
	}))
	s.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/middleware" {
				failing(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	for path, told := range map[string]bool{"/handler": true, "/middleware": true, "/hidden": false} {
		log.Reset()
		r := record(s, "GET", path)
		if r.Code != 500 || strings.Contains(r.Body.String(), "the cause") != told || strings.Contains(r.Body.String(), "stack") != told ||
			strings.Contains(log.String(), "the cause") != told {
			t.Errorf("%s: %d %s, log %s", path, r.Code, r.Body, &log)
		}
	}
	if w := record(failing, "GET", "/"); w.Code != 500 || strings.Contains(w.Body.String(), "the cause") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
