package web_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/web"
)

// stops is how often TestDrainLosesNothing stops a server under load:
//
//	go test ./web -run Drain -stops 50
var stops = flag.Int("stops", 3, "how often TestDrainLosesNothing stops a server")

// TestDrainLosesNothing stops a server under the load of clients of all kinds.
// A request is lost when its connection was made and its answer is not whole. A
// connection that is reset before its request was written counts, too: the
// client cannot know that the server never accepted it.
func TestDrainLosesNothing(t *testing.T) {
	for n := range slow.Rounds(1, *stops) {
		if l := stopUnderLoad(t); l.lost.Load() > 0 {
			t.Errorf("stop %d: %d of %d requests were lost, the last one: %v", n+1, l.lost.Load(), l.sent.Load(), l.last.Load())
		}
	}
}

// load is what many clients do to one server.
type load struct {
	address string
	enough  chan struct{} // closed when the server is busy
	refused chan struct{} // closed when the server accepts nothing more
	sent    atomic.Int64
	lost    atomic.Int64
	last    atomic.Value // of the errors
	begun   sync.Once
	clients sync.WaitGroup
}

// busy is how many requests are sent before the server is stopped.
const busy = 300

func stopUnderLoad(t *testing.T) *load {
	t.Helper()
	registry := action.NewRegistry(action.Options{})
	s := web.New(web.Options{
		Config:  settings(t, "WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT=0"),
		Actions: registry, Logger: slog.New(slog.DiscardHandler), Upgrade: http.HandlerFunc(upgrades),
	})
	echoes(registry, s)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := &load{address: strings.TrimPrefix(s.URL(), "http://"), enough: make(chan struct{}), refused: make(chan struct{})}
	for range 4 {
		for _, kind := range []func(*load) error{
			(*load).fresh, (*load).fresh, (*load).fresh, (*load).fresh, (*load).kept, (*load).kept,
			(*load).socket, (*load).half, (*load).upload, (*load).chunked,
		} {
			l.clients.Go(func() { l.run(kind) })
		}
	}
	<-l.enough
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(context.Background()) }()
	l.waitUntilRefused()
	l.clients.Wait()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	return l
}

// waitUntilRefused waits until nothing listens any more.
func (l *load) waitUntilRefused() {
	for {
		c, err := net.Dial("tcp", l.address)
		if err != nil {
			close(l.refused)
			return
		}
		_ = c.Close()
	}
}

var errRefused = errors.New("no connection was made")

// run repeats what a kind of client does until it is refused.
func (l *load) run(kind func(*load) error) {
	for {
		switch err := kind(l); {
		case errors.Is(err, errRefused):
			return
		case err != nil:
			l.lost.Add(1)
			l.last.Store(err.Error())
		}
	}
}

func (l *load) dial() (net.Conn, error) {
	c, err := net.Dial("tcp", l.address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	return c, c.SetDeadline(time.Now().Add(30 * time.Second))
}

// ask sends the rest of a request and reads the whole answer.
func (l *load) ask(c net.Conn, in *bufio.Reader, rest string) (*http.Response, error) {
	if l.sent.Add(1) == busy {
		l.begun.Do(func() { close(l.enough) })
	}
	if _, err := io.WriteString(c, rest); err != nil {
		return nil, fmt.Errorf("sending %.20q: %w", rest, err)
	}
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil, fmt.Errorf("the answer to %.20q: %w", rest, err)
	}
	if _, err = io.Copy(io.Discard, response.Body); err != nil {
		return nil, fmt.Errorf("the body of the answer to %.20q: %w", rest, err)
	}
	return response, nil
}

// once makes a connection and sends a request in parts. The last one waits until
// between is closed.
func (l *load) once(first, rest string, between <-chan struct{}, want int) error {
	c, err := l.dial()
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, first); err != nil {
		return fmt.Errorf("sending the first half: %w", err)
	}
	if between != nil {
		<-between
	}
	response, err := l.ask(c, bufio.NewReader(c), rest)
	if err == nil && response.StatusCode != want {
		return fmt.Errorf("the answer is %s", response.Status)
	}
	return err
}

// fresh makes a connection for one request.
func (l *load) fresh() error {
	return l.once("", "GET /api/echo/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", nil, http.StatusOK)
}

// kept sends one request after the other until it is told that the connection
// will be closed.
func (l *load) kept() error {
	c, err := l.dial()
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for in := bufio.NewReader(c); ; {
		response, err := l.ask(c, in, "GET /api/echo/1 HTTP/1.1\r\nHost: x\r\n\r\n")
		if err != nil || response.Close {
			return err
		}
	}
}

// socket opens a WebSocket.
func (l *load) socket() error {
	return l.once("", "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello\n", nil, http.StatusSwitchingProtocols)
}

// half has sent half a header when the server stops.
func (l *load) half() error {
	return l.once("GET /api/echo/1 HTTP/1.1\r\nHo", "st: x\r\n\r\n", l.refused, http.StatusOK)
}

const put = "PUT /api/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

// upload has sent half a body when the server stops.
func (l *load) upload() error {
	return l.once(put+"Content-Length: 8\r\n\r\n{\"id", "\":1}", l.refused, http.StatusOK)
}

// chunked is upload with a body of unknown length.
func (l *load) chunked() error {
	return l.once(put+"Transfer-Encoding: chunked\r\n\r\n4\r\n{\"id\r\n", "4\r\n\":1}\r\n0\r\n\r\n", l.refused, http.StatusOK)
}

// TestDrainEndsAClientThatStays: one that never stops asking, over a connection
// that it was not told to close, does not keep the server from stopping.
func TestDrainEndsAClientThatStays(t *testing.T) {
	slow.Skip(t, "it waits for timeouts")
	t.Parallel()
	s := start(t, nil, func(_ *action.Registry, s *web.Server) {
		s.Handle("/stay", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "keep-alive") }))
	})
	c := dial(t, s.URL())
	asking, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		in := bufio.NewReader(c)
		for n := 0; ; n++ {
			if n == 10 {
				close(asking)
			}
			_, err := io.WriteString(c, "GET /stay HTTP/1.1\r\nHost: x\r\n\r\n")
			if err == nil {
				_, err = http.ReadResponse(in, nil)
			}
			if err != nil {
				return
			}
		}
	}()
	<-asking
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
	<-gone
}
