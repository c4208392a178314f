package websocket

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzParse: whatever a client says, what comes of it is a message or an error,
// and an id that is JSON.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"messageType":"action","action":"a","params":{"x":[1,null,"é"]},"messageId":{"deep":[1e9]}}`,
		`{"messageType":"subscribe","channel":"c","messageId":-0}`, `{"messageType":"unsubscribe"}`,
		`[]`, `{`, ``, `{"messageId":"\ud800"}`, "{\"messageId\":\"\x00\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		m := newMessage()
		defer m.free()
		if err := m.readFrom(bytes.NewReader(said)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.body.data, said) {
			t.Fatalf("read %q of %q", m.body.data, said)
		}
		err := m.parse()
		if m.id != nil && !json.Valid(m.id) {
			t.Errorf("the id %q is no JSON", m.id)
		}
		if err == nil && m.kind == kindAction && m.params == nil {
			t.Error("an action without params")
		}
		b := beginReply(m, "response")
		defer b.free()
		if !json.Valid(append(bytes.Clone(b.data), "1}"...)) {
			t.Errorf("the reply %q is no JSON", b.data)
		}
	})
}
