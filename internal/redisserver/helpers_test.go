package redisserver_test

import (
	"bufio"
	"net"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/redisserver"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

func start(tb testing.TB) *redisserver.Server {
	tb.Helper()
	s, err := redisserver.Start("127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// wire is a connection on which nothing is added to what a test sends.
type wire struct {
	tb   testing.TB
	conn net.Conn
	r    *bufio.Reader
}

func dial(tb testing.TB, addr string) *wire {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	return &wire{tb, conn, bufio.NewReader(conn)}
}

func (w *wire) send(text string) {
	w.tb.Helper()
	if _, err := w.conn.Write([]byte(text)); err != nil {
		w.tb.Fatal(err)
	}
}

func (w *wire) receive() resp.Value {
	w.tb.Helper()
	v, err := resp.Parse(w.r)
	if err != nil {
		w.tb.Fatal(err)
	}
	return v
}

func (w *wire) request(args ...string) {
	w.tb.Helper()
	w.send(string(resp.Strings(args).Append(nil, 2)))
}

func (w *wire) do(args ...string) resp.Value {
	w.tb.Helper()
	w.request(args...)
	return w.receive()
}

// want fails the test unless the reply to a request is want, as [show] has it.
func (w *wire) want(want string, args ...string) {
	w.tb.Helper()
	if got := show(w.do(args...)); got != want {
		w.tb.Errorf("%.200q: got %.300s, want %s", args, got, want)
	}
}

// until asks until the answer is yes.
func until(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); {
		if time.Now().After(deadline) {
			t.Fatal("it has not come")
		}
	}
}
