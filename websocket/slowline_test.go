package websocket_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

// slowLine is a connection of which few bytes a second can be read.
type slowLine struct {
	net.Conn
	slow atomic.Bool
}

func (c *slowLine) Read(p []byte) (int, error) {
	const rate = 50_000 // bytes a second
	if !c.slow.Load() {
		return c.Conn.Read(p)
	}
	n, err := c.Conn.Read(p[:min(len(p), 4000)])
	time.Sleep(time.Duration(n) * time.Second / rate)
	return n, err
}

// TestASlowLineIsNoDeadClient: a client that reads all the time, slowly, comes to a ping
// long after it was sent, and is not cut off. It may also send pings itself.
func TestASlowLineIsNoDeadClient(t *testing.T) {
	slow.Skip(t, "a slow client takes ten seconds")
	t.Parallel()
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := keryx.New(o)
		api.Channels.Handle(channel.Channel{Name: "news"})
		return api
	}, keryxtest.Options{NoDatabase: true, Env: map[string]string{"LOG_LEVEL": "warn", "WS_PING_INTERVAL": "200", "WS_PING_TIMEOUT": "400"}})
	host := strings.TrimPrefix(app.URL, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	line := &slowLine{Conn: conn}
	ws, _, err := websocket.Dial(t.Context(), "ws://"+host, &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return line, nil },
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(-1)
	if err := ws.Write(t.Context(), websocket.MessageText, []byte(`{"messageType":"subscribe","channel":"news"}`)); err != nil {
		t.Fatal(err)
	}
	until := func(text string) {
		t.Helper()
		for {
			_, got, err := ws.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(got), text) {
				return
			}
		}
	}
	until(`"subscribed"`)
	line.slow.Store(true)
	for i := range 10 {
		last := ""
		if i == 9 {
			last = "the last one"
		}
		if err := app.Channels.Broadcast(t.Context(), "news", strings.Repeat("x", 50_000)+last, "test"); err != nil {
			t.Fatal(err)
		}
	}
	pinged := make(chan error, 1)
	go func() { pinged <- ws.Ping(t.Context()) }()
	until("the last one")
	if err := ws.Write(t.Context(), websocket.MessageText, []byte(`{"messageType":"unsubscribe","channel":"news"}`)); err != nil {
		t.Fatal(err)
	}
	until(`"unsubscribed"`)
	read := ws.CloseRead(t.Context())
	select {
	case err := <-pinged:
		if err != nil {
			t.Error(err)
		}
	case <-read.Done():
		t.Error("the connection has ended")
	}
}
