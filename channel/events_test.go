package channel

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// frames returns what subscribers are sent, a line each.
func frames(messages []*Message) string {
	var all strings.Builder
	for _, m := range messages {
		all.Write(m.Frame())
		all.WriteString("\n")
	}
	return all.String()
}

// TestDecodeEvents: joins and leaves that travel together are a message each for
// subscribers, as Keryx sends them; a malformed message is refused as a whole.
func TestDecodeEvents(t *testing.T) {
	const want = `{"message":{"channel":"room:1","message":"{\"event\":\"join\",\"presenceKey\":\"7\"}","sender":"presence"}}
{"message":{"channel":"room:1","message":"{\"event\":\"leave\",\"presenceKey\":\"a \\\"b\\\" <ä>\"}","sender":"presence"}}
`
	messages, err := decodeAll("room:1", []byte(`{"presence":[["join","7"],["leave","a \"b\" <ä>"]],"channel":"room:1"}`))
	if err != nil || frames(messages) != want {
		t.Errorf("got %v\n%swant\n%s", err, frames(messages), want)
	}
	for _, data := range []string{
		`{"presence":[["join","7"]],"channel":"room:2"}`,
		`{"presence":[["join","7"]]}`,
		`{"presence":[["join","7"],["shout","8"]],"channel":"room:1"}`,
		`{"presence":[["join","7","8"]],"channel":"room:1"}`,
		`{"presence":[["join"]],"channel":"room:1"}`,
		`{"presence":[["join",""]],"channel":"room:1"}`,
		`{"presence":[["join",7]],"channel":"room:1"}`,
		`{"presence":{"join":"7"},"channel":"room:1"}`,
		`{"presence":[["join","7"]],"channel":"room:1"`,
		"{\"presence\":[[\"join\",\"\xff\"]],\"channel\":\"room:1\"}",
	} {
		if messages, err := decodeAll("room:1", []byte(data)); err == nil {
			t.Errorf("%s was accepted: %s", data, frames(messages))
		}
	}
}

// FuzzDecodeAll: whatever is published, each frame is text that a client takes.
func FuzzDecodeAll(f *testing.F) {
	f.Add([]byte(`{"presence":[["join","7"],["leave","8"]],"channel":"room:1"}`))
	f.Add([]byte(`{"channel":"room:1","message":"hi","sender":"a"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		messages, err := decodeAll("room:1", data)
		if err != nil && messages != nil {
			t.Errorf("%d messages beside the error %v", len(messages), err)
		}
		for _, m := range messages {
			if !utf8.Valid(m.Frame()) || m.Channel != "room:1" || m.Sender == "" {
				t.Errorf("the frame is %q of %q", m.Frame(), m.Sender)
			}
		}
	})
}
