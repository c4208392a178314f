package sockets

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/bench/internal/socket"
	"github.com/keryx-go/keryx/bench/internal/socket/sockettest"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
)

// said is a message of the suite.
type said struct {
	MessageType, Action string
	MessageID           json.RawMessage
}

// server answers sockets with the results of answer, in order.
func server(t *testing.T, answer func(said) [][]byte) (address string) {
	t.Helper()
	return sockettest.Serve(t, func(ctx context.Context, c *websocket.Conn) {
		for {
			_, text, err := c.Read(ctx)
			if err != nil {
				return
			}
			var m said
			if err := json.Unmarshal(text, &m); err != nil {
				t.Error(err)
			}
			for _, message := range answer(m) {
				_ = c.Write(ctx, websocket.MessageText, message)
			}
		}
	})
}

// broadcasting returns the broadcaster of one socket, which is the sender too: the
// server answers it with what is sent, and then with the messages that follow.
func broadcasting(t *testing.T, sent ...int64) (*broadcaster, func()) {
	t.Helper()
	sending := make(chan []byte, 1)
	sender := server(t, func(m said) [][]byte {
		var n int64
		_ = json.Unmarshal(m.MessageID, &n)
		if n == 1 {
			sending <- nil
		}
		return [][]byte{wire.AppendSent(nil, n)}
	})
	hearing := server(t, func(m said) [][]byte {
		if m.MessageType == "subscribe" {
			return [][]byte{[]byte(`{"message":{"channel":"news","message":"…","sender":"presence"}}`), wire.Subscribed}
		}
		<-sending // the first broadcast
		var all [][]byte
		for _, n := range sent {
			all = append(all, wire.AppendNews(nil, n))
		}
		return all
	})
	crowd, err := dialCrowd(t.Context(), []string{hearing}, 1, news)
	if err != nil {
		t.Fatal(err)
	}
	b := newBroadcaster(&contender{}, crowd)
	if b.sender, err = socket.Dial(t.Context(), sender, ""); err != nil {
		t.Fatal(err)
	}
	crowd.listen()
	if err := crowd.members[0].conn.Send([]byte(`{}`)); err != nil { // which makes the server send the news
		t.Fatal(err)
	}
	return b, func() {
		crowd.close()
		b.sender.Close()
	}
}

func TestBroadcastsAreCounted(t *testing.T) {
	b, stop := broadcasting(t, 1)
	defer stop()
	s, err := b.turn(1, time.Nanosecond)
	if err != nil || s.messages != 1 || len(s.latencies) != 1 || s.latencies[0] <= 0 || s.elapsed < s.latencies[0] {
		t.Errorf("the sample is %+v, error %v", s, err)
	}
}

func TestWrongDeliveriesFail(t *testing.T) {
	tests := map[string][]int64{
		"one is lost":        {2},
		"one comes twice":    {1, 1},
		"in the wrong order": {1, 3, 2},
	}
	for name, news := range tests {
		t.Run(name, func(t *testing.T) {
			b, stop := broadcasting(t, news...)
			defer stop()
			_, err := b.turn(8, time.Minute)
			if err == nil || !strings.Contains(err.Error(), `socket 1 of 1: the server says {"message"`) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestRollCall(t *testing.T) {
	right := func(said) [][]byte { return [][]byte{wire.AppendEchoed(nil, 7)} }
	tests := map[string]struct {
		answer func(said) [][]byte
		want   string // in the error
	}{
		"all answer":      {right, ""},
		"one is closed":   {func(said) [][]byte { panic(http.ErrAbortHandler) }, "of 40: "},
		"a wrong answer":  {func(said) [][]byte { return [][]byte{wire.AppendEchoed(nil, 8)} }, "expected " + string(wire.AppendEchoed(nil, 7))},
		"news in between": {func(m said) [][]byte { return append([][]byte{wire.AppendNews(nil, 1)}, right(m)...) }, "unasked"},
		"answered twice":  {func(m said) [][]byte { return append(right(m), right(m)...) }, "unasked"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := dialCrowd(t.Context(), []string{server(t, test.answer), server(t, test.answer)}, 40, "")
			defer c.close()
			if err != nil {
				t.Fatal(err)
			}
			c.listen()
			err = c.call(7)
			if name == "answered twice" { // the second answer may come after the last first one
				<-c.ctx.Done()
				err = context.Cause(c.ctx)
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, expected %q", err, test.want)
			}
		})
	}
}

func TestWhoIsNotLetInFailsTheCrowd(t *testing.T) {
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	for name, address := range map[string]string{
		"no WebSocket at": refusing.Listener.Addr().String(),
		"the server says": server(t, func(said) [][]byte { return [][]byte{[]byte(`{"error":{}}`)} }),
	} {
		c, err := dialCrowd(t.Context(), []string{address}, 3, news)
		c.close()
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "of 3: ") {
			t.Errorf("the error is %v, expected %q", err, name)
		}
	}
}

func TestWrongEchoesFail(t *testing.T) {
	address := server(t, func(said) [][]byte { return [][]byte{wire.AppendEchoed(nil, 1)} })
	all, err := dialCallers(t.Context(), address, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, c := range all {
			c.conn.Close()
		}
	}()
	if s, err := all.turn(t.Context(), time.Nanosecond); err != nil || s.messages != 2 || len(s.latencies) != 2 {
		t.Errorf("right answers: %+v, error %v", s, err)
	}
	if _, err := all.turn(t.Context(), time.Nanosecond); err == nil || !strings.Contains(err.Error(), "expected "+string(wire.AppendEchoed(nil, 2))) {
		t.Errorf("an answer to another call: %v", err)
	}
}
