package websocket_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/keryxtest"
)

// TestMessagesSideBySide: one that takes long holds up none behind it, until as
// many run as may.
func TestMessagesSideBySide(t *testing.T) {
	h := newHeld()
	app := start(t, h, map[string]string{"WS_MAX_CONCURRENT_MESSAGES": "3"})
	c := dial(t, app)
	c.say(call("wait", nil))
	c.say(call("wait", nil))
	c.ask(call("echo", echoInput{"overtakes"}), "overtakes")
	c.say(call("wait", nil))
	for range 3 {
		<-h.begun
	}
	c.say(call("echo", echoInput{"has to wait"}))
	dial(t, app).ask(call("echo", echoInput{"of another"}), "of another") // meanwhile nobody else waits
	close(h.open)
	for range 4 {
		if heard := c.hear(); !strings.Contains(heard, "wait") {
			t.Errorf("got %s", heard)
		}
	}
}

// TestLeavingCancels: the actions of a client that is gone are cancelled.
func TestLeavingCancels(t *testing.T) {
	h := newHeld()
	app := start(t, h, nil)
	c := dial(t, app)
	c.say(call("wait", nil))
	<-h.begun
	_ = c.CloseNow()
	eventually.True(t, "no action runs", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		return app.Actions.Wait(ctx) == nil
	})
}

// TestASlowReaderIsCutOff: a client that does not read gets no more than a buffer
// kept for it, and others are not held up.
func TestASlowReaderIsCutOff(t *testing.T) {
	t.Parallel()
	app := start(t, newHeld(), map[string]string{"WS_PING_TIMEOUT": "300"})
	slow, response := open(t, app)
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(response.Status)
	}
	quick := dial(t, app)
	slow.frame(fin|text, []byte(`{"messageType":"subscribe","channel":"room:1"}`))
	quick.ask(`{"messageType":"subscribe","channel":"room:1","messageId":1}`)
	eventually.True(t, "both are there", func() bool { return app.WebSocket.Count() == 2 })

	payload := strings.Repeat("x", 64<<10)
	for range 400 {
		if err := app.Channels.Broadcast(t.Context(), "room:1", payload, "bulk"); err != nil {
			t.Fatal(err)
		}
		for !strings.Contains(quick.hear(), `"sender":"bulk"`) {
		}
	}
	eventually.True(t, "the slow one is gone", func() bool { return app.WebSocket.Count() == 1 })
}

// hole is a proxy that can swallow what goes through it.
type hole struct {
	net.Listener
	target  string
	mu      sync.Mutex
	swallow bool
	conns   []net.Conn
}

func newHole(t *testing.T, app *keryxtest.App) *hole {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hole{Listener: l, target: strings.TrimPrefix(app.URL, "http://")}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", h.target)
			if err != nil {
				_ = client.Close()
				continue
			}
			h.mu.Lock()
			h.conns = append(h.conns, client, server)
			h.mu.Unlock()
			running.Go(func() { h.pump(client, server) })
			running.Go(func() { h.pump(server, client) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		h.mu.Lock()
		for _, c := range h.conns {
			_ = c.Close()
		}
		h.mu.Unlock()
		running.Wait()
	})
	return h
}

func (h *hole) pump(to io.Writer, from io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return // and the other side never hears of it
		}
		h.mu.Lock()
		swallow := h.swallow
		h.mu.Unlock()
		if !swallow {
			_, _ = to.Write(buffer[:n])
		}
	}
}

// TestAPeerThatVanishes without a word is noticed by pings.
func TestAPeerThatVanishes(t *testing.T) {
	app := start(t, newHeld(), map[string]string{"WS_PING_INTERVAL": "50", "WS_PING_TIMEOUT": "100"})
	h := newHole(t, app)
	conn, _, err := websocket.Dial(t.Context(), "ws://"+h.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	c := &client{t, conn}
	c.ask(`{"messageType":"subscribe","channel":"room:1","messageId":1}`)
	if n := app.WebSocket.Count(); n != 1 {
		t.Fatalf("%d sockets", n)
	}
	h.mu.Lock()
	h.swallow = true
	h.mu.Unlock()
	eventually.True(t, "it is gone", func() bool { return app.WebSocket.Count() == 0 })
	eventually.True(t, "it is in no channel", func() bool {
		members, err := app.Channels.Members(t.Context(), "room:1")
		return err == nil && len(members) == 0
	})
}

// TestStopping answers what was asked, refuses what comes, and closes with 1001.
func TestStopping(t *testing.T) {
	h := newHeld()
	app := start(t, h, nil)
	busy, idle := dial(t, app), dial(t, app)
	busy.say(call("wait", nil))
	<-h.begun
	waiting, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://")) // a connection that is open already
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()

	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(context.Background()) }()
	idle.ends(websocket.StatusGoingAway)
	_, _ = io.WriteString(waiting, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	answer := make([]byte, 12)
	if _, err := io.ReadFull(waiting, answer); err != nil || string(answer) != "HTTP/1.1 503" {
		t.Errorf("an upgrade got %q, %v", answer, err)
	}
	close(h.open)
	if heard := busy.hear(); !strings.Contains(heard, "waited") {
		t.Errorf("got %s", heard)
	}
	busy.ends(websocket.StatusGoingAway)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestStoppingDoesNotWaitForEver for an action that does not end.
func TestStoppingDoesNotWaitForEver(t *testing.T) {
	h := newHeld()
	app := start(t, h, map[string]string{"WS_DRAIN_TIMEOUT": "50"})
	c := dial(t, app)
	c.say(call("wait", nil))
	<-h.begun
	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(context.Background()) }()
	c.ends(websocket.StatusGoingAway)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
