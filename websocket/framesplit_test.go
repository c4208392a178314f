package websocket

import (
	"errors"
	"testing"
)

// FuzzFrames: frames say the same of bytes that come at once and one by one, and follow
// what the lengths say.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0x81, 0x85, 1, 2, 3, 4, 'h', 'e', 'l', 'l', 'o', 0x89, 0x80, 0, 0, 0, 0})
	f.Add([]byte{0x01, 0xfe, 0, 200, 0, 0, 0, 0})
	f.Add([]byte{0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4})
	f.Add([]byte{0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x00, 0x00, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, single := frames{limit: 150}, frames{limit: 150}
		err := whole.pass(data)
		var singleErr error
		for i := range data {
			if singleErr = single.pass(data[i : i+1]); singleErr != nil {
				break
			}
		}
		if !errors.Is(singleErr, err) {
			t.Fatalf("at once %v, one by one %v", err, singleErr)
		}
		if err == nil && (whole.left != single.left || whole.have != single.have || whole.message != single.message) {
			t.Fatalf("at once %+v, one by one %+v", whole, single)
		}
		if err == nil && whole.message > 150 {
			t.Fatalf("%d bytes of a message are allowed", whole.message)
		}
	})
}
