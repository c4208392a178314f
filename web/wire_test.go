package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/web"
)

func TestHeaders(t *testing.T) {
	url := serve(t, options{}, echoes)
	for _, path := range []string{"/api/echo/1", "/api/echo/0", "/nothing"} {
		h := ask(t, "GET", url+path, "", "").header
		for name, want := range map[string]string{
			"Content-Type": "application/json", "X-SERVER-NAME": "tester",
			"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "Referrer-Policy": "strict-origin-when-cross-origin",
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "", "Set-Cookie": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestOrigins(t *testing.T) {
	url := serve(t, options{env: []string{"WEB_SERVER_ALLOWED_ORIGINS=https://a.example,https://b.example"}}, echoes)
	for origin, allowed := range map[string]bool{
		"https://a.example": true, "https://b.example": true, "https://evil.example": false,
		"https://a.example.evil": false, "null": false, "": false,
	} {
		for _, method := range []string{"GET", "OPTIONS"} {
			h := ask(t, method, url+"/api/echo/1", "", "", "Origin", origin).header
			want, credentials := "", ""
			if allowed {
				want, credentials = origin, "true"
			}
			if h.Get("Access-Control-Allow-Origin") != want || h.Get("Access-Control-Allow-Credentials") != credentials || !slices.Contains(h.Values("Vary"), "Origin") {
				t.Errorf("%s %q: %v", method, origin, h)
			}
		}
	}
}

// TestExposedHeaders are those that pages of other origins may read.
func TestExposedHeaders(t *testing.T) {
	for setting, want := range map[string]string{
		"WEB_SERVER_EXPOSED_HEADERS=X-Total": "X-Total", "WEB_SERVER_EXPOSED_HEADERS=": "",
		"A=b": "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, X-Request-Id",
	} {
		h := ask(t, "GET", serve(t, options{env: []string{setting}}, echoes)+"/api/echo/1", "", "").header
		if got := h.Get("Access-Control-Expose-Headers"); got != want {
			t.Errorf("%s: %q", setting, got)
		}
	}
}

func TestOptionsAndHead(t *testing.T) {
	url := serve(t, options{}, echoes)
	for _, path := range []string{"/api/echo/1", "/nowhere", "/.well-known/x"} {
		r := ask(t, "OPTIONS", url+path, "", "")
		if r.expect(t, 200); r.body != "" || r.header.Get("Access-Control-Allow-Methods") == "" {
			t.Errorf("OPTIONS %s: %q %v", path, r.body, r.header)
		}
	}
	get, head := ask(t, "GET", url+"/api/echo/1", "", ""), ask(t, "HEAD", url+"/api/echo/1", "", "")
	if head.expect(t, 200); head.body != "" || head.header.Get("Content-Length") != get.header.Get("Content-Length") {
		t.Errorf("HEAD answered %q with length %q", head.body, head.header.Get("Content-Length"))
	}
	if allow := ask(t, "PATCH", url+"/api/echo/1", "", "").header.Get("Allow"); allow != "GET, HEAD, POST" {
		t.Errorf("Allow is %q", allow)
	}
}

func TestCorrelation(t *testing.T) {
	trusting := serve(t, options{env: []string{"WEB_CORRELATION_ID_TRUST_PROXY=true"}}, echoes)
	for id, taken := range map[string]bool{"abc-123": true, "a b": false, strings.Repeat("x", 201): false, "ä": false} {
		r := ask(t, "GET", trusting+"/api/echo/1", "", "", "X-Request-Id", id)
		if got := r.header.Get("X-Request-Id"); (got == id) != taken || strings.Contains(r.body, `"correlationId":"`+id+`"`) != taken {
			t.Errorf("id %q: header %q, body %s", id, got, r.body)
		}
	}
	url := serve(t, options{}, echoes)
	seen := map[string]bool{"": true, "abc": true}
	for range 3 {
		r := ask(t, "GET", url+"/api/echo/1", "", "", "X-Request-Id", "abc")
		id := r.header.Get("X-Request-Id")
		if seen[id] || !strings.Contains(r.body, `"correlationId":"`+id+`"`) {
			t.Errorf("without trust, a request got the id %q: %s", id, r.body)
		}
		seen[id] = true
	}
	none := serve(t, options{env: []string{"WEB_CORRELATION_ID_HEADER="}}, echoes)
	if r := ask(t, "GET", none+"/api/echo/1", "", "", "X-Request-Id", "abc"); r.header.Get("X-Request-Id") != "" || !strings.Contains(r.body, `"correlationId":""`) {
		t.Errorf("without ids: %s", r.body)
	}
}

func TestGzip(t *testing.T) {
	url := serve(t, options{}, func(r *action.Registry, s *web.Server) {
		action.Handle(r, action.Action{Name: "text", Web: action.GET("/text/{size}")},
			func(_ context.Context, in struct {
				Size int `json:"size"`
			}) (string, error) {
				return strings.Repeat("x", in.Size-2), nil // and two quotes
			})
		s.Handle("GET /parts", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for range 500 {
				_, _ = io.WriteString(w, `"xxx`)
			}
		}))
		s.Handle("GET /flushed", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "first")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, strings.Repeat("x", 5000))
		}))
		s.Handle("GET /picture", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 5000)...))
		}))
		s.Handle("GET /nothing", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		s.Handle("GET /events", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, strings.Repeat("data: x\n\n", 500))
		}))
	})
	for _, test := range []struct {
		path, accept string
		zipped       bool
	}{
		{"/api/text/1023", "gzip", false}, {"/api/text/1024", "gzip", true}, {"/api/text/5000", "br, gzip;q=0.5", true},
		{"/api/text/5000", "", false}, {"/api/text/5000", "gzip;q=0", false}, {"/api/text/5000", "gzip;Q=0", false},
		{"/api/text/5000", "GZIP", true}, {"/api/text/5000", "*", true}, {"/api/text/5000", "*;q=0.1, gzip; Q = 0", false},
		{"/api/text/5000", "gzip;level=1;q=0.0", false}, {"/api/text/5000", "gzip;q=x", false}, {"/api/text/5000", "identity, x-gzip", true},
		{"/events", "gzip", false},
		{"/parts", "gzip", true}, {"/flushed", "gzip", false}, {"/picture", "gzip", false}, {"/nothing", "gzip", false},
	} {
		r := ask(t, "GET", url+test.path, "", "", "Accept-Encoding", test.accept)
		if got := r.header.Get("Content-Encoding") == "gzip"; got != test.zipped {
			t.Errorf("%s for %q: zipped is %v", test.path, test.accept, got)
		}
		if test.zipped {
			z, err := gzip.NewReader(bytes.NewReader([]byte(r.body)))
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := io.ReadAll(z); err != nil || !strings.HasPrefix(string(plain), `"xxx`) {
				t.Errorf("%s: %v %.20q", test.path, err, plain)
			}
		}
	}
}

func TestHealth(t *testing.T) {
	var failure error
	checks := []web.Check{
		{Name: "redis", Check: func(context.Context) error { return failure }},
		{Name: "database", Check: func(context.Context) error { return nil }},
	}
	url, closed := serve(t, options{checks: checks}, nil), serve(t, options{checks: checks, hide: true}, nil)
	ask(t, "GET", url+"/livez", "", "").expect(t, 200)
	ask(t, "GET", url+"/readyz", "", "").expect(t, 200, `"redis":"ok"`, `"database":"ok"`)
	failure = errors.New("connection refused")
	ask(t, "GET", url+"/livez", "", "").expect(t, 200)
	ask(t, "GET", url+"/readyz", "", "").expect(t, 503, `"status":"unavailable"`, `"redis":"connection refused"`, `"database":"ok"`)
	ask(t, "GET", closed+"/readyz", "", "").expect(t, 503, `"redis":"failed"`)
}

func TestRawResults(t *testing.T) {
	url := serve(t, options{}, func(r *action.Registry, _ *web.Server) {
		action.Handle(r, action.Action{Name: "away", Web: action.GET("/away")},
			func(context.Context, struct{}) (web.Redirect, error) { return web.Redirect{Location: "/there"}, nil })
		action.Handle(r, action.Action{Name: "teapot", Web: action.GET("/teapot")},
			func(context.Context, struct{}) (http.Handler, error) {
				return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }), nil
			})
	})
	r := ask(t, "GET", url+"/api/away", "", "")
	if r.expect(t, 302); r.header.Get("Location") != "/there" {
		t.Errorf("Location: %q", r.header.Get("Location"))
	}
	ask(t, "GET", url+"/api/teapot", "", "").expect(t, 418)
}

func TestUploads(t *testing.T) {
	type in struct {
		Title string        `json:"title"`
		File  action.File   `json:"file"`
		More  []action.File `json:"more,omitempty"`
	}
	url := serve(t, options{}, func(r *action.Registry, _ *web.Server) {
		action.Handle(r, action.Action{Name: "up", Web: action.POST("/up")}, func(_ context.Context, in in) (map[string]any, error) {
			f, err := in.File.Open()
			if err != nil {
				return nil, err
			}
			defer func() { _ = f.Close() }()
			data, err := io.ReadAll(f)
			return map[string]any{"file": in.File, "bytes": len(data), "more": len(in.More), "title": in.Title}, err
		})
	})
	file := func(field, name, content string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + name + "\"\r\nContent-Type: text/plain\r\n\r\n" + content + "\r\n"
	}
	title := "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nT\r\n"
	large := strings.Repeat("y", 3<<20) // goes to a temporary file
	const multi = "multipart/form-data; boundary=x"
	ask(t, "POST", url+"/api/up", multi, title+file("file", "a.txt", large)+file("more", "b", "1")+file("more", "c", "2")+"--x--\r\n").
		expect(t, 200, `"bytes":3145728`, `"name":"a.txt","type":"text/plain","size":3145728`, `"more":2`, `"title":"T"`)
	ask(t, "POST", url+"/api/up", "application/json", `{"title":"T","file":"x"}`).expect(t, 406, `"message":"file must be a file"`, `"key":"file"`)
	ask(t, "POST", url+"/api/up", multi, title+"--x--\r\n").expect(t, 406, "Missing required param: file")
}
