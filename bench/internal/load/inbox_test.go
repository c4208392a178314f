package load

import (
	"errors"
	"strings"
	"testing"
)

// TestInboxKnowsARightAnswer checks that an answer like the last right one is taken as
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

// TestAlike checks which answers count as equal to the last right one.
func TestAlike(t *testing.T) {
	const right = "HTTP/1.1 200 OK\r\nDate: 1\r\nX-Request-Id: a-9\r\nContent-Length: 5\r\n\r\nright"
	for _, c := range []struct {
		name, answer string
		alike        bool
	}{
		{"itself", right, true},
		{"another date", strings.Replace(right, "Date: 1", "Date: 2", 1), true},
		{"a longer id", strings.Replace(right, "a-9", "a-10", 1), true},
		{"both", strings.NewReplacer("Date: 1", "Date: 2", "a-9", "a-10").Replace(right), true},
		{"another body", strings.Replace(right, "right", "wrong", 1), false},
		{"another id, another body", strings.NewReplacer("a-9", "a-10", "\r\n\r\nright", "\r\n\r\nwrong").Replace(right), false},
		{"another status", strings.Replace(right, "200 OK", "500 No", 1), false},
		{"another header", strings.Replace(right, "Content-Length: 5", "Content-Length: 6", 1), false},
		{"a header more", strings.Replace(right, "Date: 1", "Date: 1\r\nConnection: close", 1), false},
		{"a header less", strings.Replace(right, "Date: 1\r\n", "", 1), false},
		{"no id", strings.Replace(right, "X-Request-Id: a-9\r\n", "", 1), false},
		{"the head alone", strings.TrimSuffix(right, "right"), false},
		{"a beginning", "HTTP/1.1 200 OK\r\nDate: 2\r\nX-Req", false},
		{"nothing", "", false},
	} {
		if got := alike([]byte(c.answer), []byte(right)); got != c.alike {
			t.Errorf("%s: alike is %v", c.name, got)
		}
	}
}
