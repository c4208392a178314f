package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/web"
)

// echoing writes the request that it got, and how the body ended.
func echoing(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		_, _ = fmt.Fprintf(w, "%s %s %s %s %d", name, r.Method, r.URL.Path, r.PathValue("rest"), len(body))
	})
}

func mounts(r *action.Registry, s *web.Server) {
	action.Handle(r, action.Action{Name: "user", Web: action.GET("/user/{id}")},
		func(_ context.Context, in struct {
			ID int `json:"id"`
		}) (int, error) {
			return in.ID, nil
		})
	s.Handle("/own/{rest...}", echoing("own"))
	s.Handle("POST /mcp", echoing("mcp"))
	s.Handle("/.well-known/oauth", echoing("known"))
	s.Mount(part.Mount{Pattern: "/shared", Handler: echoing("shared"), CORS: true})
	s.Mount(part.Mount{Pattern: "/small", Handler: echoing("small"), MaxBody: 10})
	s.Mount(part.Mount{Pattern: "/endless", Handler: echoing("endless"), MaxBody: -1})
	s.Handle("/api/", echoing("below the actions"))
	s.Handle("OPTIONS /options", echoing("options"))
	s.Mount(part.Mount{Pattern: "OPTIONS /options/shared", Handler: echoing("options"), CORS: true})
	s.Handle("/preflight", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Origin", "https://partner.example")
			w.Header().Set("Access-Control-Max-Age", "60")
			w.Header().Del("Content-Security-Policy")
			w.WriteHeader(http.StatusNoContent)
		}
	}))
}

// TestMountsComeFirst has handlers answer what the router answers itself.
func TestMountsComeFirst(t *testing.T) {
	url := serve(t, options{env: []string{"WEB_MAX_BODY_SIZE=100"}}, mounts)
	const origin = "https://partner.example"
	for _, test := range []struct {
		request, body string
		status        int
		want          string
		cors          string // Access-Control-Allow-Origin
	}{
		{"GET /own/a/b", "", 200, "own GET /own/a/b a/b 0", ""},
		{"OPTIONS /own/a", "", 200, "own OPTIONS /own/a a 0", ""},
		{"GET /.well-known/oauth", "", 200, "known GET /.well-known/oauth  0", ""},
		{"GET /.well-known/other", "", 404, "", "*"},
		{"POST /mcp", strings.Repeat("x", 100), 200, "mcp POST /mcp  100", ""},
		{"POST /mcp", strings.Repeat("x", 101), 413, "too large\n", ""},
		{"GET /mcp", "", 405, "Method not allowed", "*"},
		{"OPTIONS /mcp", "", 200, "", "*"}, // announces no method
		{"POST /small", strings.Repeat("x", 11), 413, "too large\n", ""},
		{"POST /endless", strings.Repeat("x", 1000), 200, "endless POST /endless  1000", ""},
		{"OPTIONS /options", "", 200, "options OPTIONS /options  0", ""},
		{"OPTIONS /options/shared", "", 200, "options OPTIONS /options/shared  0", "*"},
		{"GET /options", "", 404, "CONNECTION_ACTION_NOT_FOUND", "*"},
		{"GET /shared", "", 200, "shared GET /shared  0", "*"},
		{"OPTIONS /shared", "", 200, "", "*"},
		{"GET /api/user/5", "", 200, "5", "*"},
		{"POST /api/user/5", "", 200, "below the actions POST /api/user/5  0", ""},
		{"GET /api/other", "", 200, "below the actions GET /api/other  0", ""},
		{"GET /livez", "", 200, `{"status":"ok"}`, "*"},
		{"GET /nowhere", "", 404, "CONNECTION_ACTION_NOT_FOUND", "*"},
		{"HEAD /own/a", "", 200, "", ""},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		r := ask(t, method, url+path, "", test.body, "Origin", origin)
		if r.status != test.status || !strings.Contains(r.body, test.want) || test.want == "" && r.body != "" ||
			r.header.Get("Access-Control-Allow-Origin") != test.cors || r.header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %d %s %v", test.request, r.status, r.body, r.header)
		}
	}
	if r := rawGet(t, url, "/own/../own/a"); !strings.HasPrefix(r, "HTTP/1.1 404") {
		t.Errorf("a path with .. reached a handler: %s", r)
	}
}

func TestPreflights(t *testing.T) {
	url := serve(t, options{}, mounts)
	for _, test := range []struct {
		path, method string
		status       int
		cors         string
	}{
		{"/preflight", "PUT", 204, "https://partner.example"},
		{"/mcp", "POST", 204, ""}, // closed: the handler has no answer of its own
		{"/mcp", "GET", 200, "*"}, // which is not a mounted handler
		{"/shared", "GET", 200, "*"},
		{"/api/user/5", "GET", 200, "*"},
		{"/own/x", "DELETE", 200, ""},
	} {
		r := ask(t, "OPTIONS", url+test.path, "", "", "Origin", "https://partner.example", "Access-Control-Request-Method", test.method)
		if r.status != test.status || r.header.Get("Access-Control-Allow-Origin") != test.cors {
			t.Errorf("%s %s: %d %v", test.method, test.path, r.status, r.header)
		}
	}
	r := ask(t, "OPTIONS", url+"/preflight", "", "", "Access-Control-Request-Method", "PUT")
	if r.header.Get("Access-Control-Max-Age") != "60" || r.header.Get("Content-Security-Policy") != "" || r.header.Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("the handler's headers are not its own: %v", r.header)
	}
}

// TestFallbacks have what nothing else answers: neither an action nor a static file.
func TestFallbacks(t *testing.T) {
	files := fstest.MapFS{"app.js": {Data: []byte("script")}, ".env": {Data: []byte("secret")}, "404.html": {Data: []byte("no")}}
	all := serve(t, options{files: files}, func(r *action.Registry, s *web.Server) { echoes(r, s); s.Handle("/", echoing("fallback")) })
	shared := serve(t, options{files: files}, func(_ *action.Registry, s *web.Server) {
		s.Mount(part.Mount{Pattern: "/", Handler: echoing("fallback"), CORS: true})
	})
	posts := serve(t, options{files: files}, func(_ *action.Registry, s *web.Server) {
		s.Handle("POST /", echoing("posts"))
		s.Handle("OPTIONS /", echoing("options"))
	})
	for _, test := range []struct {
		url, request string
		status       int
		want, cors   string
	}{
		{all, "GET /app.js", 200, "script", "*"},
		{all, "POST /app.js", 200, "fallback POST /app.js", ""},
		{all, "GET /.env", 200, "fallback GET /.env", ""},
		{all, "GET /.well-known/x", 200, "fallback GET /.well-known/x", ""},
		{all, "GET /gone", 200, "fallback GET /gone", ""},
		{all, "OPTIONS /gone", 200, "fallback OPTIONS /gone", ""},
		{all, "OPTIONS /app.js", 200, "", "*"},
		{all, "OPTIONS /api/echo/1", 200, "fallback OPTIONS /api/echo/1", ""}, // no action has the method
		{all, "PATCH /api/echo/1", 200, "fallback PATCH /api/echo/1", ""},
		{all, "GET /api/echo/1", 200, `"id":1`, "*"},
		{all, "GET /livez", 200, `"status":"ok"`, "*"},
		{shared, "GET /gone", 200, "fallback GET /gone", "*"},
		{shared, "OPTIONS /gone", 200, "", "*"},
		{posts, "GET /app.js", 200, "script", "*"},
		{posts, "POST /gone", 200, "posts POST /gone", ""},
		{posts, "GET /gone", 405, "allowed: POST", "*"},
		{posts, "OPTIONS /gone", 200, "options OPTIONS /gone", ""},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		r := ask(t, method, test.url+path, "", "", "Origin", "https://partner.example")
		if r.status != test.status || !strings.Contains(r.body, test.want) || test.want == "" && r.body != "" || r.header.Get("Access-Control-Allow-Origin") != test.cors {
			t.Errorf("%s: %d %s %v", test.request, r.status, r.body, r.header)
		}
	}
	preflight := ask(t, "OPTIONS", all+"/api/echo/1", "", "", "Access-Control-Request-Method", "GET")
	if preflight.status != 200 || preflight.body != "" {
		t.Errorf("the preflight of an action: %d %s", preflight.status, preflight.body)
	}
}

// TestOwnWebSocketEndpoint comes before the server's own, and the fallback after it.
func TestOwnWebSocketEndpoint(t *testing.T) {
	s := web.New(web.Options{Config: settings(t), Actions: action.NewRegistry(action.Options{}), Upgrade: http.HandlerFunc(upgrades)})
	s.Handle("GET /graphql", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		kind, data, err := c.Read(r.Context())
		if err == nil {
			err = c.Write(r.Context(), kind, append([]byte("own "), data...))
		}
		if err != nil {
			t.Error(err)
		}
		_ = c.Close(websocket.StatusNormalClosure, "")
	}))
	s.Handle("/", echoing("fallback"))
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c, _, err := websocket.Dial(t.Context(), server.URL+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, data, err := c.Read(t.Context()); string(data) != "own hello" {
		t.Errorf("%s, %v", data, err)
	}
	_ = c.CloseNow()
	if r := talk(t, server.URL, "GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nword\n"); !strings.Contains(r, "you said word") {
		t.Errorf("the server's own WebSockets are gone: %s", r)
	}
	if r := ask(t, "GET", server.URL+"/other", "", ""); r.body != "fallback GET /other  0" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := ask(t, "GET", server.URL+"/livez", "", ""); r.status != 200 || strings.Contains(r.body, "fallback") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestMountsThatCannotBe(t *testing.T) {
	h := echoing("x")
	empty := func(context.Context, struct{}) (any, error) { return nil, nil }
	for name, test := range map[string]struct {
		register func(*action.Registry, *web.Server)
		want     string
	}{
		"twice":        {func(_ *action.Registry, s *web.Server) { s.Handle("/a", h); s.Handle("/a", h) }, `keryx: handler "/a": the pattern conflicts with "/a" of the handler`},
		"ambiguous":    {func(_ *action.Registry, s *web.Server) { s.Handle("/a/{x}/c", h); s.Handle("/a/b/{y}", h) }, `keryx: handler "/a/b/{y}": the pattern conflicts with "/a/{x}/c" of the handler`},
		"health check": {func(_ *action.Registry, s *web.Server) { s.Handle("GET /readyz", h) }, `keryx: handler "GET /readyz": the pattern conflicts with "GET /readyz" of the health check`},
		"wrong":        {func(_ *action.Registry, s *web.Server) { s.Handle("no slash", h) }, `keryx: handler "no slash": `},
		"nil":          {func(_ *action.Registry, s *web.Server) { s.Handle("/a", nil) }, `keryx: handler "/a": it is nil`},
		"action": {func(r *action.Registry, s *web.Server) {
			s.Handle("GET /api/user", h)
			action.Handle(r, action.Action{Name: "user", Web: action.GET("/user")}, empty)
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		}, `keryx: handler "GET /api/user": the pattern conflicts with "GET /api/user" of action user`},
		"late handler": {func(_ *action.Registry, s *web.Server) { s.Freeze(); s.Handle("/a", h) }, `keryx: handler "/a": the app has started; add it before`},
		"late middleware": {func(_ *action.Registry, s *web.Server) {
			s.Freeze()
			s.Use(func(h http.Handler) http.Handler { return h })
		}, `keryx: middleware "api.Web.Use": the app has started; add it before`},
		"late check": {func(_ *action.Registry, s *web.Server) { s.Freeze(); s.AddCheck(web.Check{Name: "mail"}) }, `keryx: check "mail": the app has started; add it before`},
	} {
		t.Run(name, func(t *testing.T) {
			registry := action.NewRegistry(action.Options{})
			s := web.New(web.Options{Config: settings(t), Actions: registry})
			var got any
			func() {
				defer func() { got = recover() }()
				test.register(registry, s)
			}()
			if !strings.HasPrefix(fmt.Sprint(got), test.want) {
				t.Errorf("panic %v, want %s", got, test.want)
			}
		})
	}
}
