package stream

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// Event is one server-sent event. As JSON it is what streams are collected
// into.
type Event struct {
	// Name is the type of the event, for addEventListener. "" means that the
	// client sees a "message".
	Name string `json:"event,omitempty"`
	// ID comes back as [LastEventID] when a browser connects again. "" leaves
	// it at that of the event before.
	ID string `json:"id,omitempty"`
	// Data is sent as it is when it is a string, else as JSON. In a string
	// every kind of line break arrives as "\n".
	Data any `json:"data"`
}

// Sender sends the events of one stream. Its methods are safe for concurrent
// use; what they send has left the server, or is about to, when they return.
type Sender struct {
	emit func(e Event, data string) error
}

// Event sends an event without an id.
func (s *Sender) Event(name string, data any) error {
	return s.Send(Event{Name: name, Data: data})
}

// Send sends an event. It returns an error, for the producer to return, when
// the client is gone or takes too long, when the server stops, when Data has
// no JSON, or when Name or ID cannot be sent: the author of a
// name with a line break in it could write further events.
func (s *Sender) Send(e Event) error {
	switch {
	case !isField(e.Name):
		return fmt.Errorf("the name %q of an event has a line break, a NUL or invalid UTF-8 in it", e.Name)
	case !isField(e.ID):
		return fmt.Errorf("the id %q of an event has a line break, a NUL or invalid UTF-8 in it", e.ID)
	}
	data, ok := e.Data.(string)
	if !ok {
		encoded, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("the data of an event cannot be encoded: %w", err)
		}
		data = string(encoded)
	}
	return s.emit(e, data)
}

// isField reports whether s arrives unchanged in a field of one line.
func isField(s string) bool { return !strings.ContainsAny(s, "\r\n\x00") && utf8.ValidString(s) }

// breaks are the line breaks that a client would see in data.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// appendFrame adds an event to b as it is sent.
func appendFrame(b []byte, name, id, data string) []byte {
	if name != "" {
		b = append(append(append(b, "event: "...), name...), '\n')
	}
	if id != "" {
		b = append(append(append(b, "id: "...), id...), '\n')
	}
	for line := range strings.SplitSeq(breaks.Replace(data), "\n") {
		b = append(append(append(b, "data: "...), line...), '\n')
	}
	return append(b, '\n')
}

// collector keeps events instead of sending them.
type collector struct {
	mu     sync.Mutex
	events []Event
}

func (c *collector) event(e Event, data string) error {
	if _, ok := e.Data.(string); !ok {
		e.Data = json.RawMessage(data) // as it is now
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, e)
	return nil
}

func (c *collector) take() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.events[:len(c.events):len(c.events)]
}
