package socket_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/socket"
	"github.com/keryx-go/keryx/bench/internal/socket/sockettest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo sends every message back.
func echo(ctx context.Context, c *websocket.Conn) {
	for {
		kind, text, err := c.Read(ctx)
		if err != nil || c.Write(ctx, kind, text) != nil {
			return
		}
	}
}

func TestMessagesOfAnyLength(t *testing.T) {
	c := sockettest.Dial(t, sockettest.Serve(t, echo))
	for _, length := range []int{0, 1, 3, 125, 126, 127, 1023, 1024, 4096, 65535, 2} {
		text := strings.Repeat("äbc\x00", length/4+1)[:length]
		if err := c.Send([]byte(strings.ToValidUTF8(text, "?"))); err != nil {
			t.Fatal(err)
		}
		got, err := c.Read()
		if err != nil || string(got) != strings.ToValidUTF8(text, "?") {
			t.Fatalf("of %d bytes %d come back, error %v", length, len(got), err)
		}
	}
	if err := c.Send(make([]byte, 65536)); err == nil || !strings.Contains(err.Error(), "65536 bytes is too long") {
		t.Errorf("a message that is too long: %v", err)
	}
	if err := c.Send([]byte("still there")); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Read(); err != nil || string(got) != "still there" {
		t.Errorf("after that: %q, error %v", got, err)
	}
}

func TestManyMessagesAtOnce(t *testing.T) {
	const n = 2000
	address := sockettest.Serve(t, func(ctx context.Context, c *websocket.Conn) {
		for i := range n {
			if err := c.Write(ctx, websocket.MessageText, []byte(strings.Repeat("x", i))); err != nil {
				return
			}
		}
		_, _, _ = c.Read(ctx)
	})
	c := sockettest.Dial(t, address)
	for i := range n {
		if got, err := c.Read(); err != nil || len(got) != i {
			t.Fatalf("message %d has %d bytes, error %v", i, len(got), err)
		}
	}
}

func TestPing(t *testing.T) {
	ponged := make(chan error, 1)
	address := sockettest.Serve(t, func(ctx context.Context, c *websocket.Conn) {
		ctx = c.CloseRead(ctx) // which reads the pong
		ponged <- c.Ping(ctx)
		_ = c.Write(ctx, websocket.MessageText, []byte("thanks"))
		<-ctx.Done()
	})
	c := sockettest.Dial(t, address)
	if got, err := c.Read(); err != nil || string(got) != "thanks" {
		t.Errorf("after a ping: %q, error %v", got, err)
	}
	if err := <-ponged; err != nil {
		t.Errorf("the ping: %v", err)
	}
}

func TestServerCloses(t *testing.T) {
	address := sockettest.Serve(t, func(_ context.Context, c *websocket.Conn) { _ = c.Close(websocket.StatusGoingAway, "bye") })
	c := sockettest.Dial(t, address)
	if _, err := c.Read(); err == nil || !strings.Contains(err.Error(), `closed the WebSocket with 1001 "bye"`) {
		t.Errorf("the error is %v", err)
	}
}

func TestHandshakeIsRefused(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"403 Forbidden": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) },
		"101 Switching": func(w http.ResponseWriter, _ *http.Request) { // with a wrong key
			w.Header().Set("Upgrade", "websocket")
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Sec-WebSocket-Accept", "HSmrc0sMlYUkAGmm5OPpG2HaGWk=")
			w.WriteHeader(http.StatusSwitchingProtocols)
		},
		"EOF": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
	for want, answer := range answers {
		s := httptest.NewServer(answer)
		_, err := socket.Dial(t.Context(), s.Listener.Addr().String(), "")
		if err == nil || !strings.Contains(err.Error(), "no WebSocket at "+s.Listener.Addr().String()) || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, expected %q", err, want)
		}
		s.Close()
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := socket.Dial(t.Context(), l.Addr().String(), ""); err == nil {
		t.Error("no error")
	}
}

func TestEverythingEndsWithTheContext(t *testing.T) {
	address := sockettest.Serve(t, echo)
	ctx, cancel := context.WithCancel(t.Context())
	c, err := socket.Dial(ctx, address, "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	read := make(chan error, 1)
	go func() {
		_, err := c.Read()
		read <- err
	}()
	cancel()
	if err := <-read; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the error is %v", err)
	}
}

func TestLimit(t *testing.T) {
	c := sockettest.Dial(t, sockettest.Serve(t, echo))
	c.Limit(time.Now().Add(-time.Second))
	if _, err := c.Read(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
}

func TestAddressToComeFrom(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems have no loopback addresses beside 127.0.0.1")
	}
	from := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from <- r.RemoteAddr
		http.Error(w, "no", http.StatusForbidden)
	}))
	defer s.Close()
	_, _ = socket.Dial(t.Context(), s.Listener.Addr().String(), "127.0.0.2")
	if got := <-from; !strings.HasPrefix(got, "127.0.0.2:") {
		t.Errorf("it comes from %s", got)
	}
}
