package keryx_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/internal/slow"
)

// stops is how often TestSignalUnderLoad stops a process:
//
//	go test . -run SignalUnderLoad -stops 50
var stops = flag.Int("stops", 2, "how often TestSignalUnderLoad stops a process")

// TestSignalUnderLoad sends SIGTERM to a process that 16 clients keep busy. Each
// request on a connection that was made gets its answer, and each WebSocket
// that was opened a closing handshake.
func TestSignalUnderLoad(t *testing.T) {
	slow.Skip(t, "it stops processes under load")
	for n := range *stops {
		p := startProgram(t)
		l := &traffic{address: strings.TrimPrefix(p.url, "http://"), enough: make(chan struct{})}
		for range 4 {
			for _, client := range []func(*traffic) error{(*traffic).fresh, (*traffic).fresh, (*traffic).kept, (*traffic).socket} {
				l.clients.Go(func() { l.repeat(client) })
			}
		}
		ended := make(chan int, 1)
		go func() { ended <- p.end(t) }() // which reads the log, or the process would wait for it
		<-l.enough
		p.signal(t, syscall.SIGTERM)
		l.clients.Wait()
		code := <-ended
		if lost := l.lost.Load(); lost > 0 || code != 0 {
			t.Errorf("stop %d: exit code %d, %d of %d requests were lost, the last one: %v", n+1, code, lost, l.sent.Load(), l.last.Load())
		}
	}
}

// traffic is what many clients do to one process.
type traffic struct {
	address string
	enough  chan struct{} // closed when the process is busy
	sent    atomic.Int64
	lost    atomic.Int64
	last    atomic.Value // of the errors
	clients sync.WaitGroup
}

var errRefused = errors.New("no connection was made")

// repeat goes on until the client is refused.
func (l *traffic) repeat(client func(*traffic) error) {
	for {
		err := client(l)
		if errors.Is(err, errRefused) {
			return
		}
		if err != nil {
			l.lost.Add(1)
			l.last.Store(err.Error())
		}
	}
}

func (l *traffic) dial(ctx context.Context) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	if l.sent.Add(1) == 200 {
		close(l.enough)
	}
	return c, c.SetDeadline(time.Now().Add(30 * time.Second))
}

// fresh makes a connection for one request.
func (l *traffic) fresh() error { return l.requests("Connection: close\r\n") }

// kept asks over one connection until the process announces its end.
func (l *traffic) kept() error { return l.requests("") }

func (l *traffic) requests(header string) error {
	c, err := l.dial(context.Background())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for in := bufio.NewReader(c); ; {
		if _, err := io.WriteString(c, "GET /api/quick HTTP/1.1\r\nHost: x\r\n"+header+"\r\n"); err != nil {
			return err
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(response.Body)
		switch {
		case err != nil:
			return err
		case string(body) != `"done"`:
			return fmt.Errorf("%s %s", response.Status, body)
		case response.Close:
			return nil
		}
	}
}

// socket opens a WebSocket, asks over it and, when it lives, closes it.
func (l *traffic) socket() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return l.dial(ctx) }}
	defer transport.CloseIdleConnections()
	ws, response, err := websocket.Dial(ctx, "ws://"+l.address, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	switch {
	case response != nil && response.StatusCode == http.StatusServiceUnavailable:
		return nil
	case err != nil:
		return err
	}
	defer func() { _ = ws.CloseNow() }()
	err = ws.Write(ctx, websocket.MessageText, []byte(`{"messageType":"action","action":"quick","messageId":1}`))
	if err == nil {
		_, _, err = ws.Read(ctx)
	}
	if code := websocket.CloseStatus(err); err == nil || code == websocket.StatusGoingAway {
		return nil
	}
	return fmt.Errorf("over a WebSocket: %w", err)
}
