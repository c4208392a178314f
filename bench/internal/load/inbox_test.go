package load

import (
	"errors"
	"testing"
)

// TestInboxKnowsARightAnswer checks that only an answer with the same bytes is taken as
// right without parsing.
func TestInboxKnowsARightAnswer(t *testing.T) {
	const right = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: 1\r\n\r\nright"
	in := &inbox{expected: []byte("right")}
	receive := func(text string) error {
		t.Helper()
		for _, part := range []string{text[:len(text)-2], text[len(text)-2:]} {
			room, err := in.room()
			if err != nil {
				t.Fatal(err)
			}
			in.came(copy(room, part))
			if _, err = in.check(false); !errors.Is(err, errIncomplete) {
				return err
			}
		}
		return errIncomplete
	}
	for range 2 {
		if err := receive(right); err != nil {
			t.Fatal(err)
		}
	}
	if string(in.right) != right {
		t.Errorf("it remembers %q", in.right)
	}
	if err := receive(right[:len(right)-1] + "!"); err == nil || errors.Is(err, errIncomplete) {
		t.Errorf("another body: %v", err)
	}
	if err := receive(right); err != nil {
		t.Errorf("right after a wrong one: %v", err)
	}
}
