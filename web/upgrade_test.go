package web_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/web"
)

// upgrades answers requests for a WebSocket with a conversation of one word, or
// refuses those that say so with more than compression would let pass.
func upgrades(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("refuse") {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, strings.Repeat("refused ", 1000))
		return
	}
	w.Header().Set("Connection", "Upgrade")
	w.Header().Set("Upgrade", "websocket")
	w.WriteHeader(http.StatusSwitchingProtocols)
	conn, both, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	word, _ := both.ReadString('\n')
	_, _ = io.WriteString(conn, "you said "+word)
}

// serveUpgrades is a server with the actions of echoes, files, and what answers
// upgrades; nil: nothing does.
func serveUpgrades(t *testing.T, upgrade http.Handler, env ...string) string {
	t.Helper()
	registry := action.NewRegistry(action.Options{})
	s := web.New(web.Options{
		Config: settings(t, env...), Actions: registry, Name: "tester", Upgrade: upgrade,
		Static: fstest.MapFS{"index.html": {Data: []byte("the page")}},
	})
	echoes(registry, s)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

var upgrading = []string{"Connection", "Upgrade", "Upgrade", "websocket"}

// secure wants the headers that every response carries.
func secure(t *testing.T, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"X-Server-Name": "tester", "Content-Security-Policy": "default-src 'self'",
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "Referrer-Policy": "strict-origin-when-cross-origin",
		"Access-Control-Allow-Origin": "*",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestUpgradesOnAnyPath reach what answers them, with the headers of every
// response, and the connection is theirs from then on.
func TestUpgradesOnAnyPath(t *testing.T) {
	url := serveUpgrades(t, http.HandlerFunc(upgrades))
	for _, path := range []string{"/", "/any", "/api/echo/5", "/api/nowhere", "/.well-known/x", "/index.html", "/a/../b"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: h2c, WebSocket\r\n"+
			"Accept-Encoding: gzip\r\n\r\nhello\n")
		r := bufio.NewReader(conn)
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusSwitchingProtocols || response.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %s, %v", path, response.Status, response.Header)
		}
		secure(t, response.Header)
		if heard, err := io.ReadAll(r); string(heard) != "you said hello\n" {
			t.Errorf("%s: heard %q, %v", path, heard, err)
		}
		_ = conn.Close()
	}
}

// TestRefusedUpgrades have the headers, too, and are not compressed.
func TestRefusedUpgrades(t *testing.T) {
	url := serveUpgrades(t, http.HandlerFunc(upgrades))
	refused := ask(t, "GET", url+"/any?refuse", "", "", append(upgrading, "Accept-Encoding", "gzip")...)
	refused.expect(t, http.StatusForbidden, "refused refused")
	secure(t, refused.header)
	if encoding := refused.header.Get("Content-Encoding"); encoding != "" {
		t.Errorf("the body is in %s", encoding)
	}
}

// TestUpgradesSeeOrigins: responses to upgrades have the same CORS headers as others.
func TestUpgradesSeeOrigins(t *testing.T) {
	url := serveUpgrades(t, http.HandlerFunc(upgrades), "WEB_SERVER_ALLOWED_ORIGINS=https://app.example")
	for origin, want := range map[string]string{"https://app.example": "https://app.example", "https://evil.example": ""} {
		got := ask(t, "GET", url+"/any?refuse", "", "", append(upgrading, "Origin", origin)...)
		if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != want {
			t.Errorf("%s: allowed is %q, want %q", origin, allowed, want)
		}
	}
}

// TestWhatIsNoUpgrade is a request like any other.
func TestWhatIsNoUpgrade(t *testing.T) {
	never := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s with Upgrade %q is taken for an upgrade", r.Method, r.URL, r.Header["Upgrade"])
	})
	url := serveUpgrades(t, never)
	ask(t, "GET", url+"/api/echo/5", "", "").expect(t, 200, `"id":5`)
	for _, protocol := range []string{"h2c", "websockets", "web socket", ""} {
		ask(t, "GET", url+"/api/echo/5", "", "", "Connection", "Upgrade", "Upgrade", protocol).expect(t, 200, `"id":5`)
	}
	ask(t, "POST", url+"/api/echo/5", "application/json", `{"name":"a"}`, upgrading...).expect(t, 200, `"name":"a"`)
	ask(t, "OPTIONS", url+"/any", "", "", upgrading...).expect(t, 200)
}

// TestWithoutUpgrades: without a handler for upgrades, a request for one gets the
// ordinary response.
func TestWithoutUpgrades(t *testing.T) {
	url := serveUpgrades(t, nil)
	ask(t, "GET", url+"/api/echo/5", "", "", upgrading...).expect(t, 200, `"id":5`)
	ask(t, "GET", url+"/", "", "", upgrading...).expect(t, 200, "the page")
	ask(t, "GET", url+"/api/nowhere", "", "", upgrading...).expect(t, 404, "CONNECTION_ACTION_NOT_FOUND")
}

type attached struct{}

// TestAttach: the added value is there for the action and for the actions that it
// calls, once per request, and only where an action runs. Headers on the reply are sent
// with a result and with an error.
func TestAttach(t *testing.T) {
	registry := action.NewRegistry(action.Options{})
	requests := 0 // they come one after the other
	s := web.New(web.Options{
		Config: settings(t), Actions: registry, Name: "tester",
		Attach: func(ctx context.Context) context.Context {
			requests++
			if c := connection.From(ctx); c.Transport != connection.Web || c.Method != "GET" || c.Header.Get("X-Mine") != "yes" {
				t.Errorf("attached to %+v", c)
			}
			connection.From(ctx).SetReply("X-Attached", "yes")
			return context.WithValue(ctx, attached{}, requests)
		},
	})
	action.Handle(registry, action.Action{Name: "inner"}, func(ctx context.Context, _ struct{}) (any, error) {
		connection.From(ctx).AddReply("Set-Cookie", "b=2")
		return ctx.Value(attached{}), nil
	})
	action.Handle(registry, action.Action{Name: "outer", Web: action.GET("/outer")}, func(ctx context.Context, _ struct{}) (any, error) {
		connection.From(ctx).AddReply("Set-Cookie", "a=1")
		return registry.Act(ctx, "inner", nil)
	})
	action.Handle(registry, action.Action{Name: "fails", Web: action.GET("/fails")}, func(ctx context.Context, _ struct{}) (any, error) {
		connection.From(ctx).SetReply("Retry-After", "7")
		return nil, &fault.Error{Type: fault.ConnectionRateLimited, Message: "later"}
	})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	get := func(path string) reply { return ask(t, "GET", server.URL+"/api"+path, "", "", "X-Mine", "yes") }

	for i, want := range []string{"1", "2"} {
		got := get("/outer")
		got.expect(t, 200)
		if got.body != want || got.header.Get("X-Attached") != "yes" {
			t.Errorf("request %d: %s, %v", i+1, got.body, got.header)
		}
		if cookies := strings.Join(got.header.Values("Set-Cookie"), "; "); cookies != "a=1; b=2" {
			t.Errorf("the cookies are %q", cookies)
		}
	}
	failed := get("/fails")
	failed.expect(t, 429, "later")
	if failed.header.Get("Retry-After") != "7" || failed.header.Get("X-Attached") != "yes" {
		t.Errorf("the headers of an error are %v", failed.header)
	}
	get("/nowhere").expect(t, 404)
	if requests != 3 {
		t.Errorf("attached %d times", requests)
	}
}
