package stream_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keryx-go/keryx/stream"
)

// dispatched is an event as a client gets it.
type dispatched struct{ name, data, lastID string }

// parseEvents reads a stream as the HTML standard says: section 9.2.6,
// "Interpreting an event stream".
func parseEvents(s string) (events []dispatched) {
	s = strings.TrimPrefix(s, "\uFEFF")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	var name, data, lastID string
	for {
		line, rest, ok := strings.Cut(s, "\n")
		if !ok { // an event that has no end is not dispatched
			return events
		}
		s = rest
		if line == "" {
			if data != "" {
				events = append(events, dispatched{name, strings.TrimSuffix(data, "\n"), lastID})
			}
			name, data = "", ""
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			name = value
		case "data":
			data += value + "\n"
		case "id":
			if !strings.Contains(value, "\x00") {
				lastID = value
			}
		}
	}
}

// FuzzEvents: a client gets exactly the events that were sent.
func FuzzEvents(f *testing.F) {
	f.Add("counter", "1", "hello")
	f.Add("", "", "")
	f.Add("a\nb", "c\rd", "x\r\ny\rz\n\n")
	f.Add(" a:", ":b ", ":\ndata: x\n\nevent: y")
	f.Add("\uFEFF", "\uFEFF", "\uFEFF")
	f.Add("\x00", "\xff", "\x00\xff")
	f.Fuzz(func(t *testing.T, name, id, data string) {
		pieces, err := produced(t.Context(), events(
			stream.Event{ID: "0", Data: "first"}, stream.Event{Name: name, ID: id, Data: data}, stream.Event{Data: "last"},
		))
		got := parseEvents(strings.Join(pieces, ""))
		if err != nil {
			if !strings.ContainsAny(name+id, "\r\n\x00") && utf8.ValidString(name) && utf8.ValidString(id) {
				t.Fatalf("refused without need: %v", err)
			}
			if len(got) != 1 {
				t.Fatalf("%q was sent for an event that was refused", pieces)
			}
			return
		}
		lastID := id
		if id == "" {
			lastID = "0"
		}
		want := []dispatched{
			{"", "first", "0"},
			{name, strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data), lastID},
			{"", "last", lastID},
		}
		if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
			t.Errorf("%q arrives as %+v, want %+v", pieces, got, want)
		}
	})
}
