package channel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Joins and leaves that happen together travel in one message between Redis and
// the nodes,
//
//	{"presence":[["join","7"],["leave","8"]],"channel":"room"}
//
// and become a message each for the subscribers: a node with 2,000 members that
// stops is eight messages to every other node.

// presenceSender is the sender of joins and leaves.
const presenceSender = "presence"

// eventsPrefix is how a message with joins and leaves begins, and no other.
var eventsPrefix = []byte(`{"presence":`)

// events is such a message.
type events struct {
	Presence [][]string `json:"presence"`
	Channel  string     `json:"channel"`
}

// event is a join or a leave as subscribers get it.
type event struct {
	Event       string `json:"event"`
	PresenceKey string `json:"presenceKey"`
}

// decodeAll reads what has come in for the channel name: one message, or several
// joins and leaves.
func decodeAll(name string, data []byte) ([]*Message, error) {
	if bytes.HasPrefix(data, eventsPrefix) {
		return decodeEvents(name, data)
	}
	m, err := decode(name, data, "")
	if err != nil {
		return nil, err
	}
	return []*Message{m}, nil
}

// decodeKept is decodeAll for a channel with a history.
func decodeKept(name string, data []byte) ([]*Message, error) {
	envelope, position, before := cutPosition(data)
	if position == "" {
		return decodeAll(name, data)
	}
	m, err := decode(name, envelope, position)
	if err != nil {
		return nil, err
	}
	m.before = before
	return []*Message{m}, nil
}

// cutPosition takes the members off the end of an envelope that the script of a
// broadcast has added: ,"position":"…","before":"…". It returns the envelope as it was
// before, in the memory of data. Without both members, and with a value that is not a
// position, it returns data.
func cutPosition(data []byte) (envelope []byte, position, before string) {
	key := []byte(`,"position":"`)
	at := bytes.LastIndex(data, key)
	if at < 0 {
		return data, "", ""
	}
	p, rest, both := bytes.Cut(data[at+len(key):], []byte(`","before":"`))
	b, ended := bytes.CutSuffix(rest, []byte(`"}`))
	if !both || !ended {
		return data, "", ""
	}
	position, before = string(p), string(b)
	for _, text := range []string{position, before} {
		if _, err := parsePlace(text); err != nil {
			return data, "", ""
		}
	}
	data[at] = '}'
	return data[:at+1], position, before
}

func decodeEvents(name string, data []byte) ([]*Message, error) {
	if !utf8.Valid(data) {
		return nil, errNotUTF8
	}
	var all events
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	if all.Channel != name {
		return nil, errors.New("it is of another channel")
	}
	messages := make([]*Message, 0, len(all.Presence))
	for _, e := range all.Presence {
		if len(e) != 2 || e[0] != "join" && e[0] != "leave" || e[1] == "" {
			return nil, fmt.Errorf(`presence has %q, want ["join", key] or ["leave", key]`, e)
		}
		m, err := eventMessage(name, e[0], e[1])
		if err != nil {
			return nil, err
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// eventMessage returns the message for a join or a leave. Its payload is a string
// with JSON in it, as Keryx's is.
func eventMessage(name, kind, key string) (*Message, error) {
	e := &event{kind, key}
	inner, err := marshal(e)
	if err != nil {
		return nil, err
	}
	envelope, err := encode(name, string(inner), presenceSender)
	if err != nil {
		return nil, err
	}
	m, err := decode(name, envelope, "")
	if err != nil {
		return nil, err
	}
	m.event = e
	return m, nil
}
