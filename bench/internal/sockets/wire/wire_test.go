package wire_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/socket/sockettest"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMessagesAreJSON(t *testing.T) {
	for _, message := range [][]byte{
		wire.Subscribe, wire.Subscribed, wire.AppendEcho(nil, 1), wire.AppendEchoed(nil, 1),
		wire.AppendBroadcast(nil, 1), wire.AppendSent(nil, 1), wire.AppendNews(nil, 1),
	} {
		if !json.Valid(message) {
			t.Errorf("it is no JSON: %s", message)
		}
	}
	if len(wire.Text) != 100 {
		t.Errorf("the text has %d bytes, the answers say 100", len(wire.Text))
	}
}

func TestPresence(t *testing.T) {
	join := `{"message":{"channel":"news","message":"{\"event\":\"join\"}","sender":"presence"}}`
	if !wire.IsPresence([]byte(join)) || wire.IsPresence(wire.AppendNews(nil, 1)) {
		t.Error("presence is not told from news")
	}
}

// server sends the given messages, one list for each message that it gets.
func server(t *testing.T, says ...[]string) string {
	t.Helper()
	return sockettest.Serve(t, func(ctx context.Context, c *websocket.Conn) {
		for _, answers := range says {
			if _, _, err := c.Read(ctx); err != nil {
				return
			}
			for _, answer := range answers {
				_ = c.Write(ctx, websocket.MessageText, []byte(answer))
			}
		}
		_, _, _ = c.Read(ctx) // the end
	})
}

func TestProbe(t *testing.T) {
	echoed, subscribed := string(wire.AppendEchoed(nil, 17)), string(wire.Subscribed)
	sent, news := string(wire.AppendSent(nil, 17)), string(wire.AppendNews(nil, 17))
	join := `{"message":{"channel":"news","message":"…","sender":"presence"}}`
	tests := map[string]struct {
		says [][]string
		want string // in the error
	}{
		"right":          {[][]string{{echoed}, {subscribed}, {sent, news}}, ""},
		"another order":  {[][]string{{echoed}, {join, subscribed}, {news, join, sent}}, ""},
		"a wrong echo":   {[][]string{{strings.Replace(echoed, "100", "99", 1)}}, `"length":99}}, expected`},
		"another number": {[][]string{{echoed}, {subscribed}, {sent, string(wire.AppendNews(nil, 18))}}, `{"n":18`},
		"news twice":     {[][]string{{echoed}, {subscribed}, {news, news}}, "expected " + sent},
		"not subscribed": {[][]string{{echoed}, {`{"error":{}}`}}, `says {"error":{}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := wire.Probe(t.Context(), server(t, test.says...))
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, expected %q", err, test.want)
			}
		})
	}
}

func TestProbeNeedsAServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wire.Probe(ctx, server(t)); err == nil {
		t.Error("no error after the end of the context")
	}
}

func TestCutPosition(t *testing.T) {
	for message, want := range map[string][2]string{
		`{"messageId":"s","subscribed":{"channel":"kept","position":"1-2","recovered":true}}`: {string(wire.RecoveredKept), "1-2"},
		`{"messageId":"s","subscribed":{"channel":"kept","position":"1-2"}}`:                  {string(wire.SubscribedKept), "1-2"},
		string(wire.Subscribed): {string(wire.Subscribed), ""},
		`{"position":"1`:        {`{"position":"1`, ""},
	} {
		if rest, position := wire.CutPosition([]byte(message)); string(rest) != want[0] || position != want[1] {
			t.Errorf("%s becomes %s and %q, expected %q", message, rest, position, want)
		}
	}
}
