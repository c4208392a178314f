package websocket_test

import (
	"encoding/binary"
	"testing"

	"github.com/coder/websocket"
)

// TestAnnouncedSizes: a message that is too long is refused by the header that says so,
// before its bytes come, also when it is in parts.
func TestAnnouncedSizes(t *testing.T) {
	app := start(t, newHeld(), map[string]string{"WS_MAX_PAYLOAD_SIZE": "1000", "WS_MAX_MESSAGES_PER_SECOND": "0"})
	head := func(first byte, length uint64) []byte {
		b := []byte{first, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		binary.BigEndian.PutUint64(b[2:], length)
		return b
	}
	part := func(first byte, size int) []byte { return append(head(first, uint64(size)), make([]byte, size)...) }
	for name, sent := range map[string][][]byte{
		"one frame":        {head(0x81, 1001)},
		"a gigabyte":       {head(0x81, 1<<30)},
		"all bits":         {head(0x81, 1<<63-1)},
		"binary":           {head(0x82, 1001)},
		"parts":            {part(0x01, 600), head(0x80, 401)},
		"after a message":  {part(0x82, 1000), head(0x81, 1001)},
		"byte by byte":     {{0x81}, {0x80 | 127}, {0, 0, 0, 0}, {0, 0, 0xff, 0xff}, {0, 0}, {0, 0}},
		"overflowing sums": {part(0x01, 999), head(0x80, 1<<63-1)},
	} {
		r, _ := open(t, app)
		for _, b := range sent {
			if _, err := r.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		t.Log(name)
		r.closed(websocket.StatusMessageTooBig)
	}
}

// TestEmptyFrames: frames without end that continue a message, and bring nothing, are a
// flood.
func TestEmptyFrames(t *testing.T) {
	app := start(t, newHeld(), nil)
	r, _ := open(t, app)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := r.Write([]byte{0x01, 0x80, 0, 0, 0, 0}); err != nil {
			return
		}
		for {
			if _, err := r.Write([]byte{0x00, 0x80, 0, 0, 0, 0}); err != nil {
				return
			}
		}
	}()
	r.closed(websocket.StatusPolicyViolation)
	_ = r.Close()
	<-done
}
