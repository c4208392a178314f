//go:build unix

package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/web"
)

// TestInheritedChild is no test: it is the process that inherits sockets. It serves until
// its input ends.
func TestInheritedChild(t *testing.T) {
	port := os.Getenv("CHILD_PORT")
	if port == "" {
		t.Skip("another test runs it")
	}
	registry := action.NewRegistry(action.Options{})
	echoes(registry, nil)
	s := web.New(web.Options{
		Config: settings(t, "WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT="+port), Actions: registry,
		Logger: slog.New(slog.DiscardHandler),
	})
	for range 2 { // a server can start again
		if err := s.Start(t.Context()); err != nil {
			fmt.Println("error:", err)
			return
		}
		fmt.Printf("serving: %s %q %q\n", s.URL(), os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_PID"))
		_, _ = os.Stdin.Read(make([]byte, 1))
		if err := s.Stop(context.Background()); err != nil {
			fmt.Println("error:", err)
		}
	}
}

// inheriting starts a process with sockets, and returns its first line and a function that
// makes it go on, twice.
func inheriting(t *testing.T, port string, env []string, files ...*os.File) (line string, step func()) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestInheritedChild$")
	c.Env = append(append(os.Environ(), "CHILD_PORT="+port), env...)
	c.ExtraFiles = files
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = c.Wait()
	})
	read := func() string {
		var text []byte
		for one := make([]byte, 1); ; {
			if _, err := out.Read(one); err != nil || one[0] == '\n' {
				return string(text)
			}
			text = append(text, one[0])
		}
	}
	return read(), func() {
		_, _ = in.Write([]byte{'\n'})
		read()
	}
}

func tcpSocket(t *testing.T) (l *net.TCPListener, f *os.File, port string) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	f, err = l.File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.Close()
		_ = f.Close()
	})
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return l, f, port
}

func TestInheritedSockets(t *testing.T) {
	one, first, port := tcpSocket(t)
	two, second, _ := tcpSocket(t)
	line, step := inheriting(t, port, []string{"LISTEN_FDS=2", "LISTEN_FDNAMES=a:b"}, second, first)
	if want := `serving: http://127.0.0.1:` + port + ` "" ""`; line != want {
		t.Fatalf("got  %s\nwant %s", line, want)
	}
	ask := func(when string) {
		t.Helper()
		for _, l := range []net.Listener{one, two} {
			if answer := rawGet(t, "http://"+l.Addr().String(), "/api/echo/1"); !strings.Contains(answer, " 200 ") {
				t.Errorf("%s: %q", when, answer)
			}
		}
	}
	ask("at first")
	queued := dial(t, "http://"+one.Addr().String())
	step()
	ask("after a restart")
	if _, err := io.WriteString(queued, "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Error(err)
	}
	step()

	// It has ended: who connects now waits for the next process.
	waiting := dial(t, "http://"+one.Addr().String())
	if line, _ := inheriting(t, port, []string{"LISTEN_FDS=1"}, first); !strings.HasPrefix(line, "serving") {
		t.Error(line)
	}
	if _, err := io.WriteString(waiting, "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Error(err)
	}
	if answer, err := io.ReadAll(waiting); err != nil || !strings.Contains(string(answer), " 200 ") {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestSocketsThatAreNotInherited(t *testing.T) {
	l, socket, port := tcpSocket(t)
	address := l.Addr().String()
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	client, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	connection, err := client.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	for _, c := range []struct {
		port, fds, pid string
		file           *os.File
		want           string
	}{
		{"0", "1", "", file, "error: file descriptor 3 (LISTEN_FDS=1) is not a listening TCP socket: "},
		{"0", "1", "", connection, "error: file descriptor 3 (LISTEN_FDS=1) is not a listening TCP socket: it is a connection; Accept=yes"},
		{"0", "one", "", socket, `error: LISTEN_FDS="one": expected the number of the sockets`},
		{"0", "2", "", socket, "error: file descriptor 4 (LISTEN_FDS=2) is not a listening TCP socket: "},
		{"1", "1", "", socket, "error: the process inherits a socket on " + address + ", and WEB_SERVER_PORT is 1; set WEB_SERVER_PORT=" + port + ", or have"},
		{"0", "1", "1", socket, "serving: http://127.0.0.1:"}, // meant for another process
		{"0", "0", "", socket, "serving: http://127.0.0.1:"},
	} {
		line, _ := inheriting(t, c.port, []string{"LISTEN_FDS=" + c.fds, "LISTEN_PID=" + c.pid}, c.file)
		if !strings.HasPrefix(line, c.want) || strings.HasPrefix(line, "serving") && strings.Contains(line, ":"+port+" ") {
			t.Errorf("LISTEN_FDS=%s LISTEN_PID=%s: %s", c.fds, c.pid, line)
		}
	}
}
