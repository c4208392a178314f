//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipe uploads a named pipe, as a shell's <(command) is: it can be read
// only once.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.txt")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	wrote := make(chan error, 1)
	go func() { wrote <- os.WriteFile(path, []byte("piped"), 0) }()
	execute(t, app(uploads), "upload", "--file", path).is(t, 0,
		`{"files":[{"Name":"pipe.txt","Type":"text/plain","Size":5,"Content":"piped|piped"}],"object":null,"secret":""}`+"\n", "")
	if err := <-wrote; err != nil {
		t.Error(err)
	}
}
