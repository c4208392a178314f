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

func number(b []byte, before string, n int64, after string) []byte {
	return append(strconv.AppendInt(append(b, before...), n, 10), after...)
}

// IsPresence reports whether a message is about a join or leave. The framework sends
// those; the by-hand server does not.
func IsPresence(message []byte) bool {
	return bytes.HasPrefix(message, []byte(`{"message":{"channel":"news",`)) && bytes.HasSuffix(message, []byte(`,"sender":"presence"}}`))
}

// Expect returns an error when a message is not the expected one.
func Expect(message, want []byte) error {
	if !bytes.Equal(message, want) {
		return fmt.Errorf("the server says %s, expected %s", message, want)
	}
	return nil
}
