package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/keryxtest"
)

// overWebSocket sends all calls over one socket.
func overWebSocket(t *testing.T, app *keryxtest.App) transport {
	socket := dial(t, app)
	return transport{typed: func(t *testing.T, action, params string) answer {
		return callOver(t, socket, action, params)
	}}
}

func dial(t *testing.T, app *keryxtest.App) *websocket.Conn {
	t.Helper()
	socket, _, err := websocket.Dial(t.Context(), strings.Replace(app.URL, "http", "ws", 1), nil)
	if err != nil {
		t.Fatalf("no socket: %v", err)
	}
	t.Cleanup(func() { _ = socket.Close(websocket.StatusNormalClosure, "") })
	return socket
}

func callOver(t *testing.T, socket *websocket.Conn, action, params string) answer {
	t.Helper()
	message, err := json.Marshal(map[string]any{
		"messageType": "action", "messageId": t.Name(), "action": action, "params": json.RawMessage(params),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := socket.Write(t.Context(), websocket.MessageText, message); err != nil {
		t.Fatal(err)
	}
	_, reply, err := socket.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		MessageID string          `json:"messageId"`
		Response  json.RawMessage `json:"response"`
		answer
	}
	if err := json.Unmarshal(reply, &got); err != nil {
		t.Fatalf("%s: %v", reply, err)
	}
	if got.MessageID != t.Name() {
		t.Fatalf("the answer to %q: %s", t.Name(), reply)
	}
	got.Result = got.Response
	return got.answer
}
