package dev

import (
	"bufio"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// restarts is how often TestRestartsUnderLoad restarts the app:
//
//	go test ./cmd/keryx/internal/dev -run RestartsUnderLoad -v -restarts 50
var restarts = flag.Int("restarts", 20, "how often TestRestartsUnderLoad restarts the app")

// TestRestartsUnderLoad restarts an app that 16 clients keep busy. No connection is
// refused, and each request gets its answer.
func TestRestartsUnderLoad(t *testing.T) {
	a := runDev(t, source)
	a.says("version 1 serves")
	l := &load{address: strings.TrimPrefix(a.url, "http://"), enough: make(chan struct{})}
	for range 4 {
		for _, client := range []func(*load) error{(*load).fresh, (*load).kept, (*load).posts, (*load).socket} {
			l.clients.Go(func() { l.repeat(client) })
		}
	}
	for n := range *restarts {
		write(t, ".env", fmt.Sprintf("SOME_SETTING=%d\n", n))
		a.says(fmt.Sprintf("version %d serves", n+2))
	}
	close(l.enough)
	l.clients.Wait()
	t.Logf("%d restarts: %d connections, %d requests over HTTP, %d over %d WebSockets; %d failed", *restarts,
		l.connections.Load(), l.requests.Load(), l.messages.Load(), l.sockets.Load(), l.lost.Load())
	if lost := l.lost.Load(); lost > 0 {
		t.Errorf("%d failed, the last one: %v", lost, l.last.Load())
	}
}

// load is what many clients do.
type load struct {
	address string
	enough  chan struct{} // closed when it is
	clients sync.WaitGroup

	connections, requests, messages, sockets, lost atomic.Int64

	last atomic.Value // of the errors
}

func (l *load) done() bool {
	select {
	case <-l.enough:
		return true
	default:
		return false
	}
}

func (l *load) repeat(client func(*load) error) {
	for !l.done() {
		if err := client(l); err != nil {
			l.lost.Add(1)
			l.last.Store(err.Error())
		}
	}
}

func (l *load) dial(ctx context.Context) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, err
	}
	l.connections.Add(1)
	return c, c.SetDeadline(time.Now().Add(30 * time.Second))
}

// fresh makes a connection for one request.
func (l *load) fresh() error {
	return l.ask("GET /api/text HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", `"first "`)
}

// kept asks over one connection until the server ends it.
func (l *load) kept() error { return l.ask("GET /api/text HTTP/1.1\r\nHost: x\r\n\r\n", `"first "`) }

// posts does the same with bodies.
func (l *load) posts() error {
	return l.ask("POST /api/double HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"n\":21}", "42")
}

func (l *load) ask(request, want string) error {
	c, err := l.dial(context.Background())
	if err != nil {
		return err
	}
	defer c.Close()
	for in := bufio.NewReader(c); !l.done(); {
		if _, err := io.WriteString(c, request); err != nil {
			return err
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(response.Body)
		l.requests.Add(1)
		switch {
		case err != nil:
			return err
		case string(body) != want:
			return fmt.Errorf("%s %s", response.Status, body)
		case response.Close:
			return nil
		}
		if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// socket asks over a WebSocket until the server closes it for a restart.
func (l *load) socket() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := l.dial(ctx)
		if err == nil {
			err = c.SetDeadline(time.Time{})
		}
		return c, err
	}}
	defer transport.CloseIdleConnections()
	ws, _, err := websocket.Dial(ctx, "ws://"+l.address, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		return err
	}
	defer func() { _ = ws.CloseNow() }()
	l.sockets.Add(1)
	for n := 0; !l.done(); n++ {
		err := ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"messageType":"action","action":"double","params":{"n":%d},"messageId":%d}`, n, n))
		_, answer, readErr := ws.Read(ctx) // which has the reason for the end, also of a write that failed
		switch err = cmp.Or(readErr, err); {
		case websocket.CloseStatus(err) == websocket.StatusGoingAway:
			return nil
		case err != nil:
			return fmt.Errorf("over a WebSocket: %w", err)
		case !strings.Contains(string(answer), fmt.Sprintf(`"response":%d`, 2*n)):
			return fmt.Errorf("over a WebSocket: %s", answer)
		}
		l.messages.Add(1)
	}
	return nil
}
