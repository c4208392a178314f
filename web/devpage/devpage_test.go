package devpage

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const html = "<!doctype html><p>Hello</p></html>"

// serve answers a request to a server as `keryx dev` runs it.
func serve(t *testing.T, next http.HandlerFunc, path string, header ...string) *http.Response {
	t.Helper()
	dev := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "dev has "+r.URL.Path)
	}))
	defer dev.Close()
	at, err := url.Parse(dev.URL + "/secret/7")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	newHandler(next, at).ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestPages(t *testing.T) {
	const script = `<script src="/__keryx/dev/client.js" data-version="7"></script>`
	for name, c := range map[string]struct {
		header map[string]string
		status int
		accept string
		adds   bool
	}{
		"a page":                   {map[string]string{"Content-Type": "text/html; charset=utf-8"}, 200, "text/html,*/*", true},
		"a page of an error":       {map[string]string{"Content-Type": "text/html"}, 404, "text/html", true},
		"without a type":           {nil, 200, "text/html", true},
		"for a program":            {map[string]string{"Content-Type": "text/html"}, 200, "*/*", false},
		"no page":                  {map[string]string{"Content-Type": "text/plain"}, 200, "text/html", false},
		"compressed by itself":     {map[string]string{"Content-Type": "text/html", "Content-Encoding": "br"}, 200, "text/html", false},
		"no content":               {map[string]string{"Content-Type": "text/html"}, 204, "text/html", false},
		"a policy that allows it":  {map[string]string{"Content-Type": "text/html", "Content-Security-Policy": "default-src 'self'"}, 200, "text/html", true},
		"a policy with two":        {map[string]string{"Content-Type": "text/html", "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'"}, 200, "text/html", true},
		"a policy against scripts": {map[string]string{"Content-Type": "text/html", "Content-Security-Policy": "default-src 'self'; script-src 'none'"}, 200, "text/html", false},
		"a policy against events":  {map[string]string{"Content-Type": "text/html", "Content-Security-Policy": "script-src 'self'; connect-src https://x"}, 200, "text/html", false},
	} {
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {
			for name, value := range c.header {
				w.Header().Set(name, value)
			}
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Content-Length", strconv.Itoa(len(html)))
			if c.status != http.StatusOK {
				w.WriteHeader(c.status)
			}
			if c.status != http.StatusNoContent {
				_, _ = io.WriteString(w, html[:16])
				_ = http.NewResponseController(w).Flush()
				_, _ = io.WriteString(w, html[16:])
			}
		}, "/", "Accept", c.accept)
		body := bodyOf(t, r)
		if added := body == html+script; added != c.adds || !added && c.status == http.StatusOK && body != html {
			t.Errorf("%s: %s", name, body)
		}
		if c.adds && (r.Header.Get("ETag") != "" || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Content-Length") != strconv.Itoa(len(body))) {
			t.Errorf("%s: %v", name, r.Header)
		}
	}
}

// TestPagesAreNeitherCompressedNorCached: only then can something be added.
func TestPagesAreNeitherCompressedNorCached(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("If-None-Match") != "":
			w.WriteHeader(http.StatusNotModified)
		case r.Header.Get("Accept-Encoding") != "":
			w.Header().Set("Content-Encoding", "gzip")
			_ = gzip.NewWriter(w).Close()
		default:
			_, _ = io.WriteString(w, html)
		}
	}, "/", "Accept", "text/html", "Accept-Encoding", "gzip", "If-None-Match", `"1"`)
	if body := bodyOf(t, r); !strings.HasPrefix(body, html+"<script") {
		t.Errorf("%s %s", r.Status, body)
	}
}

func TestWhatDevAnswers(t *testing.T) {
	r := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the app is asked") }, "/__keryx/dev/events")
	if body := bodyOf(t, r); body != "dev has /secret/7/events" || r.Header.Get("Connection") != "close" {
		t.Errorf("%s %v %s", r.Status, r.Header, body)
	}
	at, err := url.Parse("http://127.0.0.1:1/secret/7")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	newHandler(nil, at).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/__keryx/dev/events", nil))
	if w.Code != http.StatusBadGateway {
		t.Errorf("when dev has ended: %d", w.Code)
	}
}
