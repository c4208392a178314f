package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/web"
)

// socketServer answers WebSockets, and other requests with their path.
func socketServer(t *testing.T) *url.URL {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			_, _ = w.Write([]byte("proxied " + r.URL.Path))
			return
		}
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		if kind, data, err := c.Read(r.Context()); err == nil {
			_ = c.Write(r.Context(), kind, append([]byte("proxied "), data...))
		}
		_ = c.Close(websocket.StatusNormalClosure, "")
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestProxies has reverse proxies that pass WebSockets on, in each place where an app
// puts a handler: before the app's own WebSockets in all of them.
func TestProxies(t *testing.T) {
	target := socketServer(t)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	for place, put := range map[string]func(*web.Server){
		"handle":      func(s *web.Server) { s.Handle("/legacy/", proxy) },
		"with method": func(s *web.Server) { s.Handle("GET /legacy/", proxy) },
		"mount":       func(s *web.Server) { s.Mount(part.Mount{Pattern: "/legacy/", Handler: proxy, CORS: true, MaxBody: 10}) },
		"function": func(s *web.Server) {
			s.HandleFunc("/legacy/", func(w http.ResponseWriter, r *http.Request) error { proxy.ServeHTTP(w, r); return nil }, naming)
		},
		"middleware": func(s *web.Server) {
			s.Use(func(http.Handler) http.Handler { return proxy })
		},
	} {
		t.Run(place, func(t *testing.T) {
			s := web.New(web.Options{Config: settings(t), Actions: action.NewRegistry(action.Options{}), Upgrade: http.HandlerFunc(upgrades)})
			put(s)
			server := httptest.NewServer(s)
			defer server.Close()
			ask(t, "GET", server.URL+"/legacy/x", "", "").expect(t, 200, "proxied /legacy/x")
			c, answer, err := websocket.Dial(context.Background(), server.URL+"/legacy/socket", &websocket.DialOptions{
				HTTPHeader: http.Header{"Accept-Encoding": {"gzip"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if place == "function" && answer.Header.Get("X-Call") != "/legacy/" {
				t.Errorf("%v", answer.Header)
			}
			expectEcho(t, c, "proxied ")
		})
	}
}
