package websocket_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestAnyMessageID comes back byte for byte, whatever the answer is.
func TestAnyMessageID(t *testing.T) {
	h := newHeld()
	close(h.open)
	c := dial(t, start(t, h, map[string]string{"WS_MAX_MESSAGES_PER_SECOND": "0"}))
	said := func(id, rest string) string { return `{"messageId":` + id + `,` + rest + `}` }
	for _, id := range []string{
		`null`, `true`, `false`, `0`, `-0`, `-0.0`, `1.0`, `1.50`, `1E2`, `1e+2`, `1e-7`, `9007199254740993`, `-9223372036854775809`,
		`123456789012345678901234567890.123456789`, `1e999`,
		`""`, `" a "`, `"a/b"`, `"a\/b"`, `"\u0061"`, `"\u00e4"`, `"ä"`, `"日本語 🐟"`, `"\ud83d\udc1f"`, `"\"\\\b\f\n\r\t"`, `"<&>"`, `"\u0000"`,
		"\"\u2028\"", `"` + strings.Repeat("x", 10_000) + `"`,
		`{}`, `[]`, `{"b":1,"a":{"b":[1.0,-0,null,"ä\u00e4"]}}`, `[[[]],{},"",0]`, `{ "a" : [ 1 , 2 ] }`, `["messageId",{"messageType":"action"}]`,
	} {
		if !json.Valid([]byte(id)) {
			t.Fatalf("%s is no JSON", id)
		}
		for rest, want := range map[string]string{
			`"messageType":"action","action":"echo","params":{"text":"a"}`: `,"response":{"text":"a"}}`,
			`"messageType":"action","action":"echo"`:                       `,"error":{"message":"Missing required param: text"`,
			`"messageType":"action","action":"nothing"`:                    `,"error":{"message":"Action not found: nothing"`,
			`"messageType":"subscribe","channel":"nowhere"`:                `,"error":{"message":"Channel not found: nowhere"`,
			`"messageType":"unsubscribe","channel":"room:1"`:               `,"error":{"message":"not subscribed`,
			`"messageType":"shout"`:                                        `,"error":{"message":"messageType has to be`,
		} {
			c.say(said(id, rest))
			if heard := c.hear(); !strings.HasPrefix(heard, `{"messageId":`+id+want) {
				t.Errorf("%.200s: got %.300s", said(id, rest), heard)
			}
		}
		c.say(said(id, `"messageType":"action","action":"count"`))
		for _, rest := range []string{`,"streaming":true,`, `,"streaming":true,`, `,"streaming":false}`} {
			if heard := c.hear(); !strings.HasPrefix(heard, `{"messageId":`+id+rest) {
				t.Errorf("a stream with the id %.200s: got %.300s", id, heard)
			}
		}
	}
}

// TestNoMessageID: an answer to a message without one has none, either; and the
// white space around one is not part of it.
func TestNoMessageID(t *testing.T) {
	c := dial(t, start(t, newHeld(), nil))
	for said, want := range map[string]string{
		`{"messageType":"action","action":"echo","params":{"text":"a"}}`:                                          `{"response":{"text":"a"}}`,
		`{"messageType":"unsubscribe","channel":"room:1"}`:                                                        `{"error":{"message":"not subscribed`,
		`{"messageType":"action","action":"echo","params":{"text":"a","messageId":1}}`:                            `{"response":{"text":"a"}}`,
		"{\"messageId\" :\n\t 7 \r\n,\"messageType\":\"action\",\"action\":\"echo\",\"params\":{\"text\":\"a\"}}": `{"messageId":7,"response":{"text":"a"}}`,
	} {
		c.say(said)
		if heard := c.hear(); !strings.HasPrefix(heard, want) {
			t.Errorf("%s: got %s, want %s", said, heard, want)
		}
	}
}

// TestAMessageTooMany is answered with the error of the wire, by nobody's id: it
// was not read.
func TestAMessageTooMany(t *testing.T) {
	c := dial(t, start(t, newHeld(), map[string]string{"WS_MAX_MESSAGES_PER_SECOND": "1"}))
	for range 2 {
		c.say(call("echo", echoInput{"a"}))
	}
	first, second := c.hear(), c.hear()
	if strings.Contains(first, "error") { // it may be the quicker answer
		first, second = second, first
	}
	if first != `{"messageId":1,"response":{"text":"a"}}` {
		t.Errorf("got %s", first)
	}
	want := `{"error":{"message":"WebSocket rate limit exceeded","type":"CONNECTION_RATE_LIMITED","timestamp":0}}`
	if got := volatile.ReplaceAllString(second, `"timestamp":0`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
