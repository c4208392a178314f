package web_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/web"
)

// TestRefusalsComeBeforeTheBody: a client that waits for 100 Continue does not send a
// body that is refused.
func TestRefusalsComeBeforeTheBody(t *testing.T) {
	url := serve(t, options{files: fstest.MapFS{"app.js": {Data: []byte("x")}}}, func(_ *action.Registry, s *web.Server) {
		s.Handle("POST /echo", echoing("echo"))
		s.Mount(part.Mount{Pattern: "POST /small", Handler: echoing("small"), MaxBody: 10})
		s.HandleFunc("POST /closed", func(http.ResponseWriter, *http.Request) error { return fault.Unauthorized("no") })
	})
	for _, test := range []struct{ request, length, want string }{
		{"POST /app.js", "5", "HTTP/1.1 405 "}, {"POST /gone", "5", "HTTP/1.1 404 "}, {"POST /closed", "5", "HTTP/1.1 401 "},
		{"POST /small", "11", "HTTP/1.1 413 "}, {"POST /.well-known/x", "5", "HTTP/1.1 404 "}, {"PUT /echo", "5", "HTTP/1.1 405 "},
	} {
		c := dial(t, url)
		if _, err := io.WriteString(c, test.request+" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "+test.length+"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		got, err := bufio.NewReader(c).ReadString('\n') // the connection ends when the client does
		_ = c.Close()
		if err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q", test.request, got)
		}
	}
	if got := talk(t, url, "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"); !strings.HasPrefix(got, "HTTP/1.1 100 Continue") ||
		!strings.HasSuffix(got, "5") {
		t.Errorf("a body that is read: %q", got)
	}
}
