package conntrack

import (
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t *testing.T) *Listener {
	t.Helper()
	var plain net.ListenConfig
	plain.SetMultipathTCP(false)
	l, err := plain.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return NewListener(l.(*net.TCPListener))
}

func dial(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestStopAcceptingEmptiesTheQueue: connections that the kernel has accepted are
// returned, however late, before the listener is closed.
func TestStopAcceptingEmptiesTheQueue(t *testing.T) {
	const queued = 50
	for name, late := range map[string]time.Duration{"at once": 0, "late": 3 * handshakeTimeout} {
		l := listen(t)
		for range queued {
			dial(t, l)
		}
		l.StopAccepting()
		<-time.After(late) // the deadline of the listener passes
		for n := range queued {
			c, err := l.Accept()
			if err != nil {
				t.Fatalf("%s: connection %d: %v", name, n, err)
			}
			_ = c.Close()
			ConnState(c, http.StateClosed)
		}
		if c, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
		if err := l.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestNewConnectionsAreNotQueued: from StopAccepting on a client is refused, not
// accepted by the kernel and reset.
func TestNewConnectionsAreNotQueued(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the kernel has no filters for sockets")
	}
	l := listen(t)
	l.StopAccepting()
	refused := make(chan error, 1)
	go func() {
		c, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			_ = c.Close()
		}
		refused <- err
	}()
	select {
	case err := <-refused:
		t.Fatalf("before the listener is closed the client gets %v", err)
	case <-time.After(3 * handshakeTimeout):
	}
	if c, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v, %v", c, err)
	}
	if err := <-refused; !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the client gets %v", err)
	}
}

func accept(t *testing.T, l *Listener) (server *Conn, client net.Conn) {
	t.Helper()
	client = dial(t, l)
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accepted.Close() })
	return accepted.(*Conn), client
}

// TestCloseQuiet: a connection is closed while it waits for a request, and only
// when no byte of one is there.
func TestCloseQuiet(t *testing.T) {
	open := func(c *Conn) bool { return c.SetDeadline(time.Time{}) == nil }

	t.Run("it waits", func(t *testing.T) {
		c, _ := accept(t, listen(t))
		read := make(chan error, 1)
		go func() { _, err := c.Read(make([]byte, 10)); read <- err }()
		for c.turn.Load() == 0 {
			runtime.Gosched()
		}
		for range 3 {
			if c.closeQuiet(3); !open(c) {
				t.Fatal("it is closed too early")
			}
		}
		c.closeQuiet(3)
		if err := <-read; !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nothing reads as yet", func(t *testing.T) {
		c, _ := accept(t, listen(t))
		if c.closeQuiet(0); !open(c) {
			t.Error("it is closed")
		}
	})
	t.Run("bytes are in the kernel", func(t *testing.T) {
		c, client := accept(t, listen(t))
		if _, err := io.WriteString(client, "G"); err != nil {
			t.Fatal(err)
		}
		for !readable(c.TCPConn) {
			runtime.Gosched()
		}
		c.turn.Add(1) // a read that has not been woken yet
		if c.closeQuiet(0); !open(c) {
			t.Error("it is closed")
		}
	})
	t.Run("half a header has been read", func(t *testing.T) {
		c, client := accept(t, listen(t))
		if _, err := io.WriteString(client, "G"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		read := make(chan error, 1)
		go func() { _, err := c.Read(make([]byte, 10)); read <- err }()
		if c.closeQuiet(0); !open(c) {
			t.Error("it is closed")
		}
		_ = client.Close()
		<-read
	})
}
