package socket_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/bench/internal/socket/sockettest"
)

// wires runs a server that completes the handshake, and passes the connection to f.
func wires(t *testing.T, f func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
			t.Error(err)
			return
		}
		f(conn)
	}()
	t.Cleanup(func() {
		l.Close()
		<-over
	})
	return l.Addr().String()
}

const accepted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

func TestFramesInPieces(t *testing.T) {
	const text = accepted + "\x81\x01a" + "\x89\x04ping" + "\x8a\x00" + "\x81\x7e\x00\x7e"
	long := strings.Repeat("b", 126)
	address := wires(t, func(conn net.Conn) {
		for _, b := range []byte(text + long) {
			if _, err := conn.Write([]byte{b}); err != nil {
				t.Error(err)
				return
			}
		}
		pong := make([]byte, 2+4+4)
		if _, err := io.ReadFull(conn, pong); err != nil || pong[0] != 0x8a || pong[1] != 0x84 || string(unmask(pong[2:])) != "ping" {
			t.Errorf("the pong is %x, error %v", pong, err)
		}
	})
	c := sockettest.Dial(t, address)
	for _, want := range []string{"a", long} {
		if got, err := c.Read(); err != nil || string(got) != want {
			t.Errorf("got %q, error %v", got, err)
		}
	}
}

// unmask decodes a key and the bytes that follow it.
func unmask(masked []byte) []byte {
	text := bytes.Clone(masked[4:])
	for i := range text {
		text[i] ^= masked[i%4]
	}
	return text
}

func TestClientsMask(t *testing.T) {
	got := make(chan []byte, 1)
	address := wires(t, func(conn net.Conn) {
		_, _ = conn.Write([]byte(accepted))
		frame := make([]byte, 2+4+7)
		_, _ = io.ReadFull(conn, frame)
		got <- frame
	})
	if err := sockettest.Dial(t, address).Send([]byte("a story")); err != nil {
		t.Fatal(err)
	}
	frame := <-got
	if frame[0] != 0x81 || frame[1] != 0x80|7 || string(unmask(frame[2:])) != "a story" || bytes.Contains(frame, []byte("a story")) {
		t.Errorf("the frame is %x", frame)
	}
}

func TestWrongFrames(t *testing.T) {
	tests := map[string]string{
		"\x81\x81kryxa": "masked",
		"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00": "longer than this client takes",
		"\x82\x01a":   "begins with 0x82",
		"\x01\x01a":   "begins with 0x1",
		"\x88\x00":    "the server has closed the WebSocket",
		"\x81\x05abc": "EOF",
		"":            "EOF",
	}
	for frame, want := range tests {
		c := sockettest.Dial(t, wires(t, func(conn net.Conn) { _, _ = conn.Write([]byte(accepted + frame)) }))
		if got, err := c.Read(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("after %q it reads %q, error %v, expected %q", frame, got, err, want)
		}
	}
}
