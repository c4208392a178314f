package channel

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// TestDecode decodes the messages of this package and of Keryx, and invalid ones.
func TestDecode(t *testing.T) {
	for data, want := range map[string]string{ // the frame; "": it is dropped
		`{"channel":"room:1","message":"hi","sender":"a"}`:                      `{"message":{"channel":"room:1","message":"hi","sender":"a"}}`,
		`{"channel":"room:1","message":{"a":1,"sender":"b"},"sender":"c"}`:      `{"message":{"channel":"room:1","message":{"a":1,"sender":"b"},"sender":"c"}}`,
		`{"channel":"room:1","message":null,"sender":"a"}`:                      `{"message":{"channel":"room:1","message":null,"sender":"a"}}`,
		`{"sender":"a","message":[1,  2],"channel":"room:1"}`:                   `{"message":{"channel":"room:1","message":[1,2],"sender":"a"}}`,
		`{"channel":"room:1","message":1,"sender":"\u0061"}`:                    `{"message":{"channel":"room:1","message":1,"sender":"a"}}`,
		`{"channel":"room:1","message":1,"sender":"a","sender":"b"}`:            `{"message":{"channel":"room:1","message":1,"sender":"b"}}`,
		`{"channel":"room:1","message":"x\",\"sender\":\"y","sender":"z"}`:      `{"message":{"channel":"room:1","message":"x\",\"sender\":\"y","sender":"z"}}`,
		`{"channel":"room:1","message":1,"sender":"a"} `:                        `{"message":{"channel":"room:1","message":1,"sender":"a"}}`,
		`{"channel":"room:1","message":1,"sender":""}`:                          "",
		`{"channel":"room:1","message":,"sender":"a"}`:                          "",
		`{"channel":"room:1","message":1,"sender":"a"}}`:                        "",
		`{"channel":"room:1","message":{"a":1,"sender":"b"}`:                    "",
		`{"channel":"room:1","message":{"a":1,"sender":"b"}}`:                   "",
		`{"channel":"room:2","message":1,"sender":"a"}`:                         "",
		`{"channel":"room:1","sender":"a"}`:                                     "",
		"{\"channel\":\"room:1\",\"message\":\"\xff\",\"sender\":\"a\"}":        "",
		"{\"channel\":\"room:1\",\"message\":1,\"sender\":\"\xff\"}":            "",
		"{\"channel\":\"room:1\",\"message\":1,\"sender\":\"a\nb\"}":            "",
		"{\"channel\":\"room:1\",\"message\":\"a\nb\",\"sender\":\"a\"}":        "",
		"{\"channel\":\"room:1\",\"message\":\"\u2028<&>\",\"sender\":\"ä 🐟\"}": "{\"message\":{\"channel\":\"room:1\",\"message\":\"\u2028<&>\",\"sender\":\"ä 🐟\"}}",
		``: "", `1`: "", `null`: "",
	} {
		m, err := decode("room:1", []byte(data), "")
		switch {
		case err != nil && want != "":
			t.Errorf("%s: %v", data, err)
		case err == nil && string(m.Frame()) != want:
			t.Errorf("%s: the frame is %s, want %q", data, m.Frame(), want)
		}
	}
}

// FuzzDecode: the short way leads where the long one does.
func FuzzDecode(f *testing.F) {
	for _, message := range []any{"hi", nil, map[string]any{"sender": "b", "a": []int{1}}, `","sender":"x"}`} {
		for _, sender := range []string{"a", `"`, "ä"} {
			data, err := encode("room:1", message, sender)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte(`{"channel":"room:1","message":1,"message":2,"sender":"a"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			return
		}
		short := decodeOurs("room:1", data, "")
		if short == nil {
			return
		}
		long, err := decodeForeign("room:1", data, "")
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if short.Sender != long.Sender || !same(short.Payload, long.Payload) || !same(short.Frame(), long.Frame()) {
			t.Errorf("%q: %+v, want %+v", data, short, long)
		}
	})
}

// same compares JSON but for white space.
func same(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// FuzzDecodeKept: the positions that are cut off are those that a reader of JSON finds,
// and the rest is the envelope of before.
func FuzzDecodeKept(f *testing.F) {
	f.Add([]byte(`{"channel":"room:1","message":"hi","sender":"a","position":"5-1","before":"4-2"}`))
	f.Add([]byte(`{"channel":"room:1","message":{"position":"5-1","before":"4-2"},"sender":"a","position":"5-2","before":"4-3"}`))
	f.Add([]byte(`{"channel":"room:1","sender":"a","message":{"position":"5-1","before":"4-2"}`))
	f.Add([]byte(`{"channel":"room:1","message":1,"sender":"\",\"position\":\"5-1","before":"4-2"}`))
	f.Add([]byte(`{"channel":"room:1","message":1,"sender":"a","position":"05-1","before":"4-2"}`))
	f.Add([]byte(`{"position":"5-1","before":"4-2"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		original := string(data)
		messages, err := decodeKept("room:1", data)
		if err != nil {
			return
		}
		for _, m := range messages {
			if !utf8.Valid(m.Frame()) || !json.Valid(m.Frame()) || m.Channel != "room:1" || m.Sender == "" {
				t.Errorf("%q: the frame is %q of %q", original, m.Frame(), m.Sender)
			}
			var e struct{ Position, Before string }
			if m.Position == "" {
				continue
			}
			if err := json.Unmarshal([]byte(original), &e); err != nil || e.Position != m.Position || e.Before != m.before {
				t.Errorf("%q: got %s after %s; JSON has %+v, %v", original, m.Position, m.before, e, err)
			}
			var frame struct{ Message struct{ Position string } }
			if err := json.Unmarshal(m.Frame(), &frame); err != nil || frame.Message.Position != m.Position {
				t.Errorf("%q: the frame is %s", original, m.Frame())
			}
		}
	})
}
