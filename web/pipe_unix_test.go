//go:build unix

package web_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipes has a pipe among the files: nothing waits for its writer.
func TestPipes(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := serve(t, options{env: []string{"WEB_SERVER_STATIC_DIRECTORY=" + dir}}, nil)
	ask(t, "GET", url+"/pipe", "", "").expect(t, 404, "CONNECTION_ACTION_NOT_FOUND")
	ask(t, "POST", url+"/pipe", "", "").expect(t, 404)
	ask(t, "GET", at(fileServer(t, os.DirFS(dir), options{}), "pipe"), "", "").expect(t, 404, "CONNECTION_NOT_FOUND")
}
