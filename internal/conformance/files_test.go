package conformance

import (
	"bytes"
	"mime/multipart"
	"os"
	"path/filepath"
	"testing"
)

// Files come over HTTP and at the command line. A WebSocket has no way to send one,
// and says so.

const fileContent = "Hello,\nwörld"

func TestAFileOverHTTP(t *testing.T) {
	app := start(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "hello.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(fileContent))
	_ = form.WriteField("note", "n")
	_ = form.Close()
	fileRow("n").check(t, overHTTP(app, t, "files", "", form.FormDataContentType(), body.String()))

	noFile := row{err: invalid("file", "text", "file must be a file")}
	noFile.check(t, overHTTP(app, t, "files", "file=text", "", ""))
	missing := row{err: invalid("file", nil, "Missing required param: file")}
	missing.check(t, overHTTP(app, t, "files", "", "", ""))
}

func TestAFileAtTheCommandLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hello.txt")
	if err := os.WriteFile(path, []byte(fileContent), 0o600); err != nil {
		t.Fatal(err)
	}
	fileRow("n").check(t, runCommand(t, "files", "-q", "--file", path, "--note", "n"))
	missing := row{err: invalid("file", nil, "Missing required param: file")}
	missing.check(t, runCommand(t, "files", "-q"))
}

func TestNoFileOverAWebSocket(t *testing.T) {
	ws := overWebSocket(t, start(t))
	noFile := row{err: invalid("file", map[string]string{"name": "hello.txt"}, "file must be a file")}
	noFile.check(t, ws.typed(t, "files", `{"file":{"name":"hello.txt"}}`))
}

func fileRow(note string) row {
	return row{want: `{"name":"hello.txt","size":13,"content":"Hello,\nwörld","note":"` + note + `"}`}
}
