package websocket_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	lib "github.com/coder/websocket"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/websocket"
)

// byHand answers as the server does, without a framework.
func byHand(w http.ResponseWriter, r *http.Request) {
	c, err := lib.Accept(w, r, &lib.AcceptOptions{CompressionMode: lib.CompressionDisabled})
	if err != nil {
		return
	}
	defer c.CloseNow()
	for {
		_, said, err := c.Read(context.Background())
		if err != nil {
			return
		}
		var m struct {
			Params    echoInput       `json:"params"`
			MessageID json.RawMessage `json:"messageId"`
		}
		if err := json.Unmarshal(said, &m); err != nil {
			return
		}
		answer, err := json.Marshal(map[string]any{"messageId": m.MessageID, "response": m.Params})
		if err != nil || c.Write(context.Background(), lib.MessageText, answer) != nil {
			return
		}
	}
}

// BenchmarkRoundTrip has sockets ask as fast as they are answered, of this server
// and of one that is written by hand on the same library.
func BenchmarkRoundTrip(b *testing.B) {
	actions := action.NewRegistry(action.Options{})
	action.Handle(actions, action.Action{Name: "echo", Only: sockets},
		func(_ context.Context, in echoInput) (echoInput, error) { return in, nil })
	server := websocket.New(websocket.Options{Actions: actions, Config: websocket.Settings{MaxMessagesPerSecond: 0}})
	for _, sockets := range []int{1, 64} {
		for name, h := range map[string]http.Handler{"keryx": server, "hand": http.HandlerFunc(byHand)} {
			b.Run(fmt.Sprintf("sockets=%d/%s", sockets, name), func(b *testing.B) { roundTrips(b, h, sockets) })
		}
	}
}

func roundTrips(b *testing.B, h http.Handler, sockets int) {
	s := httptest.NewServer(h)
	defer s.Close()
	said := []byte(call("echo", echoInput{"hello"}))
	var clients []*lib.Conn
	for range sockets {
		c, _, err := lib.Dial(b.Context(), strings.Replace(s.URL, "http", "ws", 1), nil)
		if err != nil {
			b.Fatal(err)
		}
		clients = append(clients, c)
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for _, c := range clients {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := c.Write(b.Context(), lib.MessageText, said); err != nil {
					b.Error(err)
					return
				}
				if _, _, err := c.Read(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	for _, c := range clients {
		_ = c.CloseNow()
	}
}
