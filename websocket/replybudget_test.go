package websocket_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
	server "github.com/keryx-go/keryx/websocket"
)

// bigReplies is an app whose action "big" replies with so many bytes, made anew each time.
func bigReplies(t *testing.T, size int, env map[string]string) (app *keryxtest.App, made *atomic.Int64) {
	t.Helper()
	made = &atomic.Int64{}
	app = keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := keryx.New(o)
		keryx.Handle(api, keryx.Action{Name: "big", Only: sockets}, func(context.Context, struct{}) (string, error) {
			made.Add(1)
			return strings.Repeat("x", size), nil
		})
		keryx.Handle(api, keryx.Action{Name: "small", Only: sockets}, func(context.Context, struct{}) (string, error) { return "small", nil })
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true, Env: env})
	return app, made
}

// deaf opens a socket, sends as many calls of the action "big", and reads nothing.
func deaf(t *testing.T, app *keryxtest.App, calls int) {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), "ws://"+strings.TrimPrefix(app.URL, "http://"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	for i := range calls {
		if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"messageType":"action","action":"big","messageId":%d}`, i)); err != nil {
			return // it is cut off already
		}
	}
}

// highest samples the heap until stop is called, which returns its greatest size in MB.
func highest() (stop func() int) {
	end, max := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			if m.HeapAlloc > most {
				most = m.HeapAlloc
			}
			select {
			case <-end:
				max <- most
				return
			case <-ticker.C:
			}
		}
	}()
	return func() int {
		close(end)
		return int(<-max >> 20)
	}
}

// TestRepliesThatNobodyReads do not fill the memory, with the default budget.
func TestRepliesThatNobodyReads(t *testing.T) {
	slow.Skip(t, "it is a crowd with large replies")
	clients, size, most := 50, 5<<20, 500
	if raceEnabled {
		clients, size = 20, 2<<20
	}
	app, made := bigReplies(t, size, map[string]string{"LOG_LEVEL": "error", "WS_PING_TIMEOUT": "2000"})
	runtime.GC()
	stop := highest()
	for range clients {
		deaf(t, app, 16)
	}
	eventually.True(t, "all are cut off", func() bool { return app.WebSocket.Count() == 0 })
	eventually.True(t, "the budget is given back", func() bool { return server.ReplyBytes(app.WebSocket) == 0 })
	got := stop()
	t.Logf("the heap had %d MB, and %d replies were made", got, made.Load())
	if got > most {
		t.Errorf("the heap had %d MB, want %d at most", got, most)
	}
}

// TestHealthyClientsOfAFullNode are not cut off: neither one that reads slowly, nor one
// that asks for little.
func TestHealthyClientsOfAFullNode(t *testing.T) {
	slow.Skip(t, "a slow client takes seconds")
	const size = 400_000
	app, _ := bigReplies(t, size, map[string]string{"LOG_LEVEL": "error", "WS_PING_TIMEOUT": "4000", "WS_REPLY_BUDGET": "3000000"})
	host := strings.TrimPrefix(app.URL, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).SetReadBuffer(32 << 10)
	line := &slowLine{Conn: conn}
	ws, _, err := websocket.Dial(t.Context(), "ws://"+host, &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return line, nil },
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(-1)
	line.slow.Store(true)
	for i := range 2 {
		if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"messageType":"action","action":"big","messageId":%d}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		deaf(t, app, 16)
	}
	for range 2 { // 800 kB take 16 seconds
		_, text, err := ws.Read(t.Context())
		if err != nil || len(text) < size {
			t.Fatalf("%d bytes, %v", len(text), err)
		}
		dial(t, app).ask(call("small", nil), "small")
		dial(t, app).ask(call("big", nil), "xxx")
	}
	eventually.True(t, "those that do not read are cut off", func() bool { return app.WebSocket.Count() <= 5 })
	line.slow.Store(false)
	if err := ws.Write(t.Context(), websocket.MessageText, []byte(`{"messageType":"action","action":"small"}`)); err != nil {
		t.Fatal(err)
	}
	if _, text, err := ws.Read(t.Context()); err != nil || !strings.Contains(string(text), "small") {
		t.Errorf("%s %v", text, err)
	}
	eventually.True(t, "the budget is given back", func() bool { return server.ReplyBytes(app.WebSocket) == 0 })
}

// TestNoReplyIsMadeWithoutRoom: while one waits for a socket, actions do not begin, also
// without a budget. When the client reads, it gets all replies.
func TestNoReplyIsMadeWithoutRoom(t *testing.T) {
	const size = 16 << 20 // more than the network takes by itself
	app, made := bigReplies(t, size, map[string]string{"LOG_LEVEL": "error", "WS_PING_TIMEOUT": "60000", "WS_REPLY_BUDGET": "0"})
	ws, _, err := websocket.Dial(t.Context(), address(app), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(-1)
	say := func(id int) {
		t.Helper()
		if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"messageType":"action","action":"big","messageId":%d}`, id)); err != nil {
			t.Fatal(err)
		}
	}
	say(0)
	eventually.True(t, "the reply waits", func() bool { return server.ReplyBytes(app.WebSocket) > size })
	for id := range 5 {
		say(id + 1)
	}
	eventually.True(t, "the calls have come", func() bool { return server.Pending(app.WebSocket) == 6 })
	if n := made.Load(); n != 1 {
		t.Errorf("%d replies were made", n)
	}
	for range 6 {
		if _, text, err := ws.Read(t.Context()); err != nil || len(text) < size {
			t.Fatalf("%d bytes, %v", len(text), err)
		}
	}
}

// TestFirstRepliesOfANewServer: of 16 large replies that a client asks a new server for,
// and does not read, only those are made that have room.
func TestFirstRepliesOfANewServer(t *testing.T) {
	app, made := bigReplies(t, 5<<20, map[string]string{"LOG_LEVEL": "error"})
	server.SetFirstReplyWait(app.WebSocket, time.Minute)
	deaf(t, app, 16)
	eventually.True(t, "the calls have come, and one reply waits", func() bool {
		return server.Pending(app.WebSocket) == 16 && server.ReplyBytes(app.WebSocket) > 5<<20
	})
	if n := made.Load(); n > 4 {
		t.Errorf("%d replies were made", n)
	}
}

// TestFirstCallsWaitForEachOther: the first calls of an action run together, when they
// take longer than the wait for the first reply.
func TestFirstCallsWaitForEachOther(t *testing.T) {
	const calls = 8
	var meeting sync.WaitGroup
	meeting.Add(calls)
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := keryx.New(o)
		keryx.Handle(api, keryx.Action{Name: "meet", Only: sockets}, func(context.Context, struct{}) (string, error) {
			meeting.Done()
			meeting.Wait()
			return "met", nil
		})
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true})
	ws, _, err := websocket.Dial(t.Context(), address(app), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	for i := range calls {
		if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"messageType":"action","action":"meet","messageId":%d}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	for range calls {
		if _, text, err := ws.Read(t.Context()); err != nil || !strings.Contains(string(text), `"met"`) {
			t.Fatalf("%s %v", text, err)
		}
	}
}
