package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/web"
)

// TestHijackedConnectionsHaveNoDeadline: an app that takes a connection over has it
// for itself, also after the write timeout of the server's own answers.
func TestHijackedConnectionsHaveNoDeadline(t *testing.T) {
	taken := make(chan net.Conn, 1)
	s := start(t, []string{"WEB_WRITE_TIMEOUT=100"}, func(_ *action.Registry, s *web.Server) {
		s.Handle("GET /taken", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
			}
			taken <- conn
		}))
	})
	client, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if _, err := io.WriteString(client, "GET /taken HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	conn := <-taken
	defer func() { _ = conn.Close() }()
	<-time.After(200 * time.Millisecond) // the handler has long returned
	if _, err := io.WriteString(conn, "still here\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(client).ReadString('\n'); line != "still here\n" || err != nil {
		t.Errorf("got %q, %v", line, err)
	}
}
