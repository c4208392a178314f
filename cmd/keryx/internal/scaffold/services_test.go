package scaffold

import (
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// TestProgram builds an app as its Dockerfile does, and signs up over HTTP: with nothing
// but the program and an empty folder, and in production on Redis and Postgres.
func TestProgram(t *testing.T) {
	slow.Skip(t, "it starts Postgres and builds an app")
	dir := writeApp(t, combinations["database"])
	program := filepath.Join(t.TempDir(), "app")
	goTool(t, dir, []string{"CGO_ENABLED=0"}, "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".")
	for name, env := range map[string][]string{
		"nothing": nil,
		"services": {
			"KERYX_ENV=production", "REDIS_URL=" + redistest.Start(t).URL(), "DATABASE_URL=" + pgtest.NewDatabase(t),
		},
	} {
		t.Run(name, func(t *testing.T) { signUp(t, serve(t, program, env)) })
	}
}

// serve runs a program in an empty folder, and returns its URL.
func serve(t *testing.T, program string, env []string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "start")
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), t.Output(), t.Output()
	cmd.Env = append(append(os.Environ(), "WEB_SERVER_HOST=127.0.0.1", fmt.Sprintf("WEB_SERVER_PORT=%d", port)), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	eventually.True(t, "the app is ready", func() bool {
		r, err := http.Get(url + "/readyz")
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
	return url
}

// signUp makes an account, and uses it.
func signUp(t *testing.T, url string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	defer http.DefaultClient.CloseIdleConnections()
	const account = `"email":"ada@example.com","password":"correct horse"`
	for _, call := range []struct {
		path, body string
		status     int
	}{
		{"/api/notes", `{"text":"too early"}`, http.StatusUnauthorized},
		{"/api/users", `{"name":"Ada",` + account + `}`, http.StatusCreated},
		{"/api/notes", `{"text":"Hello"}`, http.StatusCreated},
		{"/api/session", strings.Replace(`{`+account+`}`, "correct", "wrong", 1), http.StatusUnauthorized},
		{"/api/session", `{` + account + `}`, http.StatusOK},
	} {
		r, err := client.Post(url+call.path, "application/json", strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		if _ = r.Body.Close(); r.StatusCode != call.status {
			t.Errorf("%s %s: %s, want %d", call.path, call.body, r.Status, call.status)
		}
	}
}
