package redisserver_test

import (
	"io"
	"strings"
	"testing"
)

func TestMalformedRequests(t *testing.T) {
	s := start(t)
	for sent, want := range map[string]string{
		"*99999999999\r\n":                     "(ERR Protocol error: invalid multibulk length)",
		"*2147483647\r\n":                      "(ERR Protocol error: invalid multibulk length)",
		"*1\r\n$99999999999\r\n":               "(ERR Protocol error: invalid bulk length)",
		"*1\r\n$536870912\r\n":                 "(ERR Protocol error: invalid bulk length)",
		"*1\r\n$-1\r\n":                        "(ERR Protocol error: invalid bulk length)",
		"*1\r\n:1\r\n":                         "(ERR Protocol error: expected '$', got ':')",
		"*x\r\n":                               "(ERR Protocol error: invalid multibulk length)",
		"SET a \"b\r\n":                        "(ERR Protocol error: unbalanced quotes in request)",
		strings.Repeat("x", 70<<10) + "\r\n":   "(ERR Protocol error: too big inline request)",
		"*1\r\n" + strings.Repeat("$", 70<<10): "(ERR Protocol error: too big inline request)",
	} {
		w := dial(t, s.Addr())
		w.send(sent)
		if got := show(w.receive()); got != want {
			t.Errorf("%.40q: got %s, want %s", sent, got, want)
		}
		if _, err := w.r.ReadByte(); err == nil {
			t.Errorf("%.40q: the connection is open", sent)
		}
	}
	dial(t, s.Addr()).want("PONG", "PING")
}

func TestRequestsWithoutArrays(t *testing.T) {
	w := dial(t, start(t).Addr())
	w.send("\r\n*0\r\n*-1\r\nSET  \"a b\" 'c d'\r\nget \"a\\x20b\"\nPING\r\n")
	for _, want := range []string{"OK", `"c d"`, "PONG"} {
		if got := show(w.receive()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// What a client announces takes no memory before it is sent.
func TestAnnouncedBytes(t *testing.T) {
	s := start(t)
	for range 64 {
		dial(t, s.Addr()).send("*1048576\r\n$67108864\r\nx")
	}
	dial(t, s.Addr()).want("PONG", "PING")
}

func TestQuit(t *testing.T) {
	w := dial(t, start(t).Addr())
	w.send("QUIT\r\nSET a b\r\n")
	rest, err := io.ReadAll(w.r)
	if string(rest) != "+OK\r\n" {
		t.Errorf("got %q, %v", rest, err)
	}
}

// A subscriber that does not read delays neither publishers nor other clients,
// and is cut off in the end.
func TestSubscriberThatDoesNotRead(t *testing.T) {
	s := start(t)
	idle := dial(t, s.Addr())
	idle.do("SUBSCRIBE", "c")
	w := dial(t, s.Addr())
	message := strings.Repeat("x", 1<<20)
	cut := false
	for range 100 {
		if cut = w.do("PUBLISH", "c", message).Number == 0; cut {
			break
		}
	}
	if !cut {
		t.Error("the subscriber is still there")
	}
}

// A client that sends and does not read is read from no further.
func TestClientThatDoesNotRead(t *testing.T) {
	s := start(t)
	w := dial(t, s.Addr())
	w.do("SET", "k", strings.Repeat("x", 1<<20))
	for range 20 {
		w.request("GET", "k")
	}
	dial(t, s.Addr()).want("PONG", "PING")
	for range 20 {
		if got := len(w.receive().Text); got != 1<<20 {
			t.Fatalf("got %d bytes", got)
		}
	}
}
