package conformance

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// A stream is made once, and each transport has its own way to carry it: HTTP sends
// the events as they are made, a WebSocket a chunk for each, the command line
// collects them.

const streamed = "event: step\ndata: {\"n\":1}\n\nevent: step\ndata: {\"n\":2}\n\n"

func TestAStreamOverHTTP(t *testing.T) {
	app := start(t)
	r := app.Send(http.MethodPost, "/api/stream", map[string]any{"steps": 2})
	if r.Status != http.StatusOK || r.Header.Get("Content-Type") != "text/event-stream" || r.Body != streamed {
		t.Errorf("got %d %q %q", r.Status, r.Header.Get("Content-Type"), r.Body)
	}
	row{err: invalid("steps", "0", "steps must be at least 1")}.check(t, overHTTP(app, t, "stream", "steps=0", "", ""))
}

func TestAStreamOverAWebSocket(t *testing.T) {
	socket := dial(t, start(t))
	err := socket.Write(t.Context(), websocket.MessageText, []byte(`{"messageType":"action","messageId":7,"action":"stream","params":{"steps":2}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for {
		_, data, err := socket.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var frame struct {
			MessageID int    `json:"messageId"`
			Streaming *bool  `json:"streaming"`
			Chunk     string `json:"chunk"`
		}
		if err := json.Unmarshal(data, &frame); err != nil || frame.MessageID != 7 || frame.Streaming == nil {
			t.Fatalf("got %s (%v)", data, err)
		}
		if got.WriteString(frame.Chunk); !*frame.Streaming {
			break
		}
	}
	if got.String() != streamed {
		t.Errorf("got %q", got.String())
	}
	row{err: invalid("steps", "0", "steps must be at least 1")}.check(t, callOver(t, socket, "stream", `{"steps":0}`))
}

func TestAStreamAtTheCommandLine(t *testing.T) {
	row{want: `[{"event":"step","data":{"n":1}},{"event":"step","data":{"n":2}}]`}.check(t, runCommand(t, "stream", "-q", "--steps", "2"))
	row{err: invalid("steps", "0", "steps must be at least 1")}.check(t, runCommand(t, "stream", "-q", "--steps", "0"))
}
