package web_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/web"
)

// fileServer returns the URL of a server whose action answers with files of a file system.
func fileServer(t *testing.T, files fs.FS, o options) string {
	return serve(t, o, func(r *action.Registry, _ *web.Server) {
		action.Handle(r, action.Action{Name: "file", Web: action.GET("/file")}, func(ctx context.Context, in struct {
			Name string `json:"name"`
			ETag string `json:"etag" required:"false"`
		}) (web.File, error) {
			if in.ETag != "" {
				connection.From(ctx).SetReply("ETag", in.ETag)
			}
			return web.File{FS: files, Name: strings.ReplaceAll(in.Name, "{NUL}", "\x00")}, nil // inputs refuse it
		})
	})
}

func at(server, name string) string { return server + "/api/file?name=" + url.QueryEscape(name) }

func TestFiles(t *testing.T) {
	server := fileServer(t, fstest.MapFS{
		"index.html": {Data: []byte("index"), ModTime: time.Unix(1, 0)}, "sub/index.html": {Data: []byte("below")},
		"r.txt": {Data: []byte("report"), ModTime: time.Unix(1, 0)}, "embedded.txt": {Data: []byte("embedded")}, ".env": {Data: []byte("chosen")},
		"large": {Data: make([]byte, 1<<20+1)},
	}, options{})
	for name, want := range map[string]string{"index.html": "index", "sub/index.html": "below", "r.txt": "report", "embedded.txt": "embedded", ".env": "chosen"} {
		r := ask(t, "GET", at(server, name), "", "")
		if r.status != 200 || r.body != want || r.header.Get("ETag") == "" || r.header.Get("Location") != "" {
			t.Errorf("%s: %d %q %v", name, r.status, r.body, r.header)
		}
		ask(t, "GET", at(server, name), "", "", "If-None-Match", r.header.Get("ETag")).expect(t, 304)
		if head := ask(t, "HEAD", at(server, name), "", ""); head.status != 200 || head.body != "" || head.header.Get("ETag") != r.header.Get("ETag") {
			t.Errorf("HEAD %s: %d %v", name, head.status, head.header)
		}
	}
	ask(t, "GET", at(server, "r.txt"), "", "", "Range", "bytes=0-2").expect(t, 206, "rep")
	ask(t, "GET", at(server, "r.txt"), "", "", "If-Modified-Since", time.Unix(1, 0).UTC().Format(http.TimeFormat)).expect(t, 304)
	if r := ask(t, "GET", at(server, "r.txt")+`&etag=%22mine%22`, "", ""); r.header.Get("ETag") != `"mine"` {
		t.Errorf("ETag %q", r.header.Get("ETag"))
	}
	if r := ask(t, "GET", at(server, "large"), "", ""); r.status != 200 || len(r.body) != 1<<20+1 || r.header.Get("ETag") != "" {
		t.Errorf("a large file without a time: %d, %d bytes, %v", r.status, len(r.body), r.header)
	}
}

// TestFilesThatAreNone has names for which there is no file, in the file systems of
// package os.
func TestFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	for system, files := range map[string]fs.FS{"os.DirFS": os.DirFS(dir), "os.Root": root.FS()} {
		server := fileServer(t, files, options{})
		names := []string{
			"", ".", "/", "..", "sub", "sub/", " sub/", "../x", "/a.txt", "a.txt/", "a.txt/x", "./a.txt", "sub//x", "nope", "loop",
			"a{NUL}b", `sub\x`, strings.Repeat("n", 300), strings.Repeat("d/", 3000) + "f",
		}
		if system == "os.Root" {
			names = append(names, "out")
		}
		for _, name := range names {
			for _, method := range []string{"GET", "HEAD"} {
				r := ask(t, method, at(server, name), "", "", "Accept", "*/*")
				if r.status != 404 || method == "GET" && (!strings.HasPrefix(r.body, `{"error":`) || !strings.Contains(r.body, "CONNECTION_NOT_FOUND")) ||
					r.header.Get("Content-Type") != "application/json" || r.header.Get("ETag") != "" {
					t.Errorf("%s: %s %.20q: %d %s", system, method, name, r.status, r.body)
				}
			}
		}
		ask(t, "GET", at(server, "a.txt"), "", "").expect(t, 200, "a")
	}
}

// TestFilesThatCannotBeOpened has a file system that fails: 500, with what is wrong in
// the log only.
func TestFilesThatCannotBeOpened(t *testing.T) {
	for err, want := range map[error]int{fs.ErrPermission: 404, syscall.EMFILE: 500} {
		ask(t, "GET", at(fileServer(t, brokenFiles{err}, options{hide: true}), "x"), "", "").expect(t, want, `{"error":`)
	}
	var log sharedLog
	server := fileServer(t, remote{}, options{env: []string{"WEB_SERVER_INCLUDE_STACK_IN_ERRORS=false"}, hide: true, logger: slog.New(slog.NewTextHandler(&log, nil))})
	r := ask(t, "GET", at(server, "x"), "", "")
	r.expect(t, 500, "CONNECTION_SERVER_ERROR")
	if strings.Contains(r.body, "bucket") || !strings.Contains(log.String(), "the bucket does not answer") {
		t.Errorf("body %s, log %s", r.body, log.String())
	}
}

// remote is a file system whose errors are its own.
type remote struct{}

func (remote) Open(string) (fs.File, error) { return nil, errors.New("the bucket does not answer") }
