// Package wire has the messages to the servers of the sockets suite, and the expected
// answers, byte by byte.
package wire

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Text is the text of all messages, 100 bytes long.
var Text = strings.Repeat("0123456789", 10)

// Subscribe subscribes to the channel, and Subscribed is the answer.
var (
	Subscribe  = []byte(`{"messageType":"subscribe","channel":"news","messageId":"s"}`)
	Subscribed = []byte(`{"messageId":"s","subscribed":{"channel":"news"}}`)
)

// AppendEcho appends the nth call of the action echo to b.
func AppendEcho(b []byte, n int64) []byte {
	return number(b, `{"messageType":"action","action":"echo","params":{"text":"`+Text+`"},"messageId":`, n, `}`)
}

// AppendEchoed appends the answer to that call.
func AppendEchoed(b []byte, n int64) []byte {
	return number(b, `{"messageId":`, n, `,"response":{"text":"`+Text+`","length":100}}`)
}

// AppendBroadcast appends the nth call of the action broadcast to b.
func AppendBroadcast(b []byte, n int64) []byte {
	b = number(b, `{"messageType":"action","action":"broadcast","params":{"n":`, n, `,"text":"`+Text+`"},`)
	return number(b, `"messageId":`, n, `}`)
}

// AppendSent appends the answer to that call.
func AppendSent(b []byte, n int64) []byte {
	b = number(b, `{"messageId":`, n, `,`)
	return number(b, `"response":{"n":`, n, `}}`)
}

// AppendNews appends the message that every subscriber gets for that call.
func AppendNews(b []byte, n int64) []byte {
	return number(b, `{"message":{"channel":"news","message":{"n":`, n, `,"text":"`+Text+`"},"sender":"bench"}}`)
}

// AppendKeep appends the call that broadcasts on the channel "kept", which has a history.
func AppendKeep(b []byte, n int64) []byte {
	b = number(b, `{"messageType":"action","action":"keep","params":{"n":`, n, `,"text":"`+Text+`"},`)
	return number(b, `"messageId":`, n, `}`)
}

// AppendKept appends the broadcast that [AppendKeep] causes, without its position.
func AppendKept(b []byte, n int64) []byte {
	return number(b, `{"message":{"channel":"kept","message":{"n":`, n, `,"text":"`+Text+`"},"sender":"bench"}}`)
}

// SubscribeKept returns the message that subscribes to the channel, after a position
// unless it is empty.
func SubscribeKept(after string) []byte {
	if after != "" {
		after = `,"after":"` + after + `"`
	}
	return []byte(`{"messageType":"subscribe","channel":"kept"` + after + `,"messageId":"s"}`)
}

// SubscribedKept and RecoveredKept are the answers, without their position.
var (
	SubscribedKept = []byte(`{"messageId":"s","subscribed":{"channel":"kept"}}`)
	RecoveredKept  = []byte(`{"messageId":"s","subscribed":{"channel":"kept","recovered":true}}`)
)

// CutPosition returns a message without its position, and the position, or "" when the
// message has none. The message is changed.
func CutPosition(message []byte) (rest []byte, position string) {
	const name = `,"position":"`
	at := bytes.LastIndex(message, []byte(name))
	if at < 0 {
		return message, ""
	}
	after := message[at+len(name):]
	end := bytes.IndexByte(after, '"')
	if end < 0 {
		return message, ""
	}
	position = string(after[:end])
	return append(message[:at], after[end+1:]...), position
}

// Memory is the message that asks a server for its memory; the response has the JSON of
// memory.Use.
var Memory = []byte(`{"messageType":"action","action":"memory","messageId":"m"}`)

func number(b []byte, before string, n int64, after string) []byte {
	return append(strconv.AppendInt(append(b, before...), n, 10), after...)
}

// IsPresence reports whether a message is about a join or leave. The framework sends
// those; the by-hand server does not.
func IsPresence(message []byte) bool {
	return bytes.HasPrefix(message, []byte(`{"message":{"channel":"`)) && bytes.HasSuffix(message, []byte(`,"sender":"presence"}}`))
}

// Expect returns an error when a message is not the expected one.
func Expect(message, want []byte) error {
	if !bytes.Equal(message, want) {
		return fmt.Errorf("the server says %s, expected %s", message, want)
	}
	return nil
}
