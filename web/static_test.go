package web_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/web"
)

func TestStaticFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("secret.txt", "top secret")
	write("assets/index.html", "<h1>home</h1>")
	write("assets/app.js", "let x")
	write("assets/sub/index.html", "below")
	if err := os.Symlink(filepath.Join(dir, "secret.txt"), filepath.Join(dir, "assets", "link.txt")); err != nil {
		t.Fatal(err)
	}
	url := serve(t, options{env: []string{"WEB_SERVER_STATIC_DIRECTORY=" + filepath.Join(dir, "assets")}}, echoes)

	ask(t, "GET", url+"/", "", "").expect(t, 200, "<h1>home</h1>")
	ask(t, "GET", url+"/sub/", "", "").expect(t, 200, "below")
	ask(t, "GET", url+"/api/echo/1", "", "").expect(t, 200, `"id":1`)
	if r := ask(t, "POST", url+"/app.js", "", ""); r.status != 405 || r.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("a POST to a file: %d, Allow %q", r.status, r.header.Get("Allow"))
	}
	r := ask(t, "GET", url+"/app.js", "", "")
	if r.expect(t, 200, "let x"); r.header.Get("Cache-Control") != "public, max-age=3600" || r.header.Get("ETag") == "" ||
		!strings.HasPrefix(r.header.Get("Content-Type"), "text/javascript") {
		t.Errorf("headers: %v", r.header)
	}
	again := ask(t, "GET", url+"/app.js", "", "", "If-None-Match", r.header.Get("ETag"))
	if again.expect(t, 304); again.body != "" {
		t.Errorf("304 with a body: %q", again.body)
	}
	write("assets/app.js", "let changed")
	ask(t, "GET", url+"/app.js", "", "", "If-None-Match", r.header.Get("ETag")).expect(t, 200, "let changed")

	for _, path := range []string{
		"/../secret.txt", "/sub/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%252e%252e/secret.txt",
		"/..%5csecret.txt", "/sub/%2e%2e/%2e%2e/secret.txt", "/....//secret.txt", "/link.txt", "/app.js%00", "/sub", "//secret.txt",
	} {
		r := rawGet(t, url, path)
		if strings.Contains(r, "top secret") || !strings.Contains(r, " 404 ") && !strings.Contains(r, " 403 ") && !strings.Contains(r, " 301 ") && !strings.Contains(r, " 307 ") {
			t.Errorf("%s: %.80q", path, r)
		}
		if strings.Contains(path, "..") && strings.Contains(r, " 301 ") && !strings.Contains(path, "....") {
			t.Errorf("%s is redirected: %.80q", path, r)
		}
	}
}

func TestEmbeddedStaticFilesHaveTags(t *testing.T) {
	url := serve(t, options{files: fstest.MapFS{"a.txt": {Data: []byte("one")}}}, nil)
	first := ask(t, "GET", url+"/a.txt", "", "")
	first.expect(t, 200, "one")
	ask(t, "GET", url+"/a.txt", "", "", "If-None-Match", first.header.Get("ETag")).expect(t, 304)
}

func TestStaticDotfiles(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("SECRET")}
	url := serve(t, options{env: []string{"WEB_SERVER_STATIC_FALLBACK=.app"}, files: fstest.MapFS{
		".env": file, ".git/config": file, "sub/.htpasswd": file, ".hidden/index.html": file, ".well-known/security.txt": file,
		".well-known/.env": file, "a/.well-known/x": file, ".well-knownx/y": file, "...": file, "a.b/c..d": file,
	}}, nil)
	for path, want := range map[string]int{
		"/.env": 404, "/.git/config": 404, "/sub/.htpasswd": 404, "/.hidden/": 404, "/.well-known/security.txt": 200, "/%2eenv": 404,
		"/.well-known/.env": 404, "/a/.well-known/x": 200, "/.well-knownx/y": 404, "/...": 404, "/a.b/c..d": 200, "/sub/%2Ehtpasswd": 404,
	} {
		ask(t, "GET", url+path, "", "", "Accept", "application/json").expect(t, want)
		if want == 404 {
			ask(t, "POST", url+path, "", "").expect(t, 404)
		}
	}
}

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// TestStaticFallback has the pages of an app that routes in the browser.
func TestStaticFallback(t *testing.T) {
	files := fstest.MapFS{
		"index.html": {Data: []byte("the app")}, "app.js": {Data: []byte("script")},
		"api/file": {Data: []byte("below the API")}, "api": {Mode: fs.ModeDir}, "livez": {Data: []byte("not the check")},
	}
	url := serve(t, options{env: []string{"WEB_SERVER_STATIC_FALLBACK=index.html"}, files: files}, echoes)
	for _, test := range []struct {
		request, accept string
		status          int
		body            string
	}{
		{"GET /", browser, 200, "the app"},
		{"GET /room/7", browser, 200, "the app"},
		{"GET /room/7/", browser, 200, "the app"},
		{"HEAD /room/7", browser, 200, ""},
		{"GET /room/7", "", 200, "the app"},
		{"GET /room/7", "*/*", 200, "the app"},
		{"GET /room/7", "text/*;q=0.1", 200, "the app"},
		{"GET /room/7", "application/json", 404, "CONNECTION_ACTION_NOT_FOUND"},
		{"GET /room/7", "text/html;q=0, */*", 404, "CONNECTION_ACTION_NOT_FOUND"},
		{"GET /app.js", "*/*", 200, "script"},
		{"GET /gone.js", browser, 404, "CONNECTION_ACTION_NOT_FOUND"},
		{"GET /v1.2/start", browser, 200, "the app"},
		{"GET /api/nope", browser, 404, "CONNECTION_ACTION_NOT_FOUND"},
		{"GET /api/file", browser, 404, "CONNECTION_ACTION_NOT_FOUND"},
		{"GET /api", browser, 404, "CONNECTION_ACTION_NOT_FOUND"},
		{"GET /api/", browser, 404, "CONNECTION_ACTION_NOT_FOUND"},
		{"GET /apiary", browser, 200, "the app"},
		{"GET /.well-known/change-password", browser, 404, ""},
		{"GET /.hidden/x", browser, 404, "CONNECTION_ACTION_NOT_FOUND"},
		{"GET /livez", browser, 200, `"status":"ok"`},
		{"POST /room/7", browser, 404, "CONNECTION_ACTION_NOT_FOUND"},
		{"POST /livez", browser, 405, "Method not allowed"},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		var header []string
		if test.accept != "" {
			header = []string{"Accept", test.accept}
		}
		r := ask(t, method, url+path, "", "", header...)
		if r.status != test.status || !strings.Contains(r.body, test.body) || test.body == "" && r.body != "" {
			t.Errorf("%s for %q: %d %s", test.request, test.accept, r.status, r.body)
		}
		if strings.Contains(test.body, "the app") && path != "/" && (r.header.Get("Cache-Control") != "no-cache" || !strings.Contains(strings.Join(r.header.Values("Vary"), ","), "Accept")) {
			t.Errorf("%s: Cache-Control %q, Vary %q", test.request, r.header.Get("Cache-Control"), r.header.Values("Vary"))
		}
	}
}

func TestNotFoundPage(t *testing.T) {
	files := fstest.MapFS{"404.html": {Data: []byte("<h1>nothing here</h1>")}, "app.js": {Data: []byte("script")}}
	url := serve(t, options{env: []string{"WEB_SERVER_STATIC_ROUTE=/assets"}, files: files}, echoes)
	for _, test := range []struct {
		request, accept string
		status          int
		html            bool
	}{
		{"GET /gone", browser, 404, true},
		{"HEAD /gone", browser, 404, true},
		{"GET /assets/gone.js", browser, 404, true},
		{"GET /assets/gone.js", "*/*", 404, false},
		{"GET /assets/app.js", browser, 200, false},
		{"GET /gone", "", 404, false},
		{"GET /gone", "text/html;q=0", 404, false},
		{"GET /api/nope", browser, 404, false},
		{"POST /gone", browser, 404, false},
		{"POST /assets/app.js", browser, 405, false},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		r := ask(t, method, url+path, "", "", "Accept", test.accept)
		html := strings.HasPrefix(r.header.Get("Content-Type"), "text/html") && r.header.Get("ETag") == ""
		if r.status != test.status || html != test.html || html && method == "GET" && r.body != "<h1>nothing here</h1>" {
			t.Errorf("%s for %q: %d %s", test.request, test.accept, r.status, r.body)
		}
	}
}

// TestStaticRouteBelowTheAPI has a route where no file could be served.
func TestStaticRouteBelowTheAPI(t *testing.T) {
	for variables, wrong := range map[string]bool{
		"WEB_SERVER_STATIC_ROUTE=/api": true, "WEB_SERVER_STATIC_ROUTE=/api/files": true, "WEB_SERVER_STATIC_ROUTE=/apiary": false,
		"WEB_SERVER_STATIC_ROUTE=/": false, "WEB_SERVER_API_ROUTE=/": false,
		"WEB_SERVER_STATIC_ROUTE=/api WEB_SERVER_STATIC_ENABLED=false": false,
	} {
		set := config.Open(config.Options{Environ: strings.Fields(variables), DotEnv: "-"})
		err := set.Bind("", new(web.Settings))
		if (err != nil) != wrong || wrong && !strings.Contains(err.Error(), "is below WEB_SERVER_API_ROUTE=/api") {
			t.Errorf("%s: %v", variables, err)
		}
	}
}

// brokenFiles is a file system that cannot open anything at the moment.
type brokenFiles struct{ err error }

func (b brokenFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: b.err}
}

// TestStaticFilesThatCannotBeOpened are not said to be missing: a cache would keep that.
func TestStaticFilesThatCannotBeOpened(t *testing.T) {
	for err, want := range map[error]int{
		fs.ErrNotExist: 404, fs.ErrPermission: 404, syscall.ENAMETOOLONG: 404, syscall.ENOTDIR: 404, syscall.ELOOP: 404,
		syscall.EMFILE: 500, syscall.EIO: 500, errors.New("path escapes from parent"): 404,
	} {
		var log strings.Builder
		s := web.New(web.Options{
			Config: settings(t), Actions: action.NewRegistry(action.Options{}), Static: brokenFiles{err},
			Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		})
		r := record(s, "GET", "/app.js")
		if r.Code != want || !strings.HasPrefix(r.Body.String(), `{"error":`) || strings.Contains(log.String(), "app.js") != (want == 500) {
			t.Errorf("%v: %d %s, log %s", err, r.Code, r.Body, &log)
		}
	}
}

// sequential hides that files seek, as those of a zip archive do not.
type sequential struct{ fs.FS }

type sequentialFile struct{ fs.File }

func (s sequential) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	return sequentialFile{f}, err
}

func TestStaticFilesThatDoNotSeek(t *testing.T) {
	content := strings.Repeat("0123456789", 1000)
	s := web.New(web.Options{
		Config: settings(t), Actions: action.NewRegistry(action.Options{}), Logger: slog.New(slog.DiscardHandler),
		Static: sequential{fstest.MapFS{"digits": {Data: []byte(content)}}},
	})
	whole := record(s, "GET", "/digits")
	if whole.Code != 200 || whole.Body.String() != content || whole.Header().Get("ETag") == "" {
		t.Errorf("%d %.20q %v", whole.Code, whole.Body, whole.Header())
	}
	for of, want := range map[string]string{"bytes=5005-5007": "567", "bytes=-3": "789", "bytes=0-0": "0"} {
		if r := record(s, "GET", "/digits", "Range", of); r.Code != 206 || r.Body.String() != want {
			t.Errorf("%s: %d %q", of, r.Code, r.Body)
		}
	}
	if r := record(s, "GET", "/digits", "Range", "bytes=7000-7001,10-11"); r.Code != 206 || !strings.Contains(r.Body.String(), "\r\n\r\n01\r\n") {
		t.Errorf("two ranges, backwards: %d %q", r.Code, r.Body)
	}
	if r := record(s, "GET", "/digits", "If-None-Match", whole.Header().Get("ETag")); r.Code != 304 {
		t.Errorf("%d", r.Code)
	}
}
