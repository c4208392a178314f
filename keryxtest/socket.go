package keryxtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/action"
)

// Socket is a WebSocket of an app. It keeps the messages that the test has not waited
// for yet: a broadcast that comes before its test asks for it is not lost. When the test
// fails, the conversation is in its log. Its methods are safe for concurrent use.
type Socket struct {
	tb   testing.TB
	conn *websocket.Conn

	mu         sync.Mutex
	last       int // messageId
	received   int // messages
	asked      int // received when the last question was sent
	transcript transcript
	unread     []Message
	ended      error         // why nothing more will come; nil before
	changed    chan struct{} // closed at the next change of unread or ended
}

// newSocket reads from conn until the test ends.
func newSocket(tb testing.TB, conn *websocket.Conn) *Socket {
	conn.SetReadLimit(-1)
	s := &Socket{tb: tb, conn: conn, changed: make(chan struct{})}
	var reader sync.WaitGroup
	reader.Go(s.read)
	tb.Cleanup(func() {
		_ = conn.CloseNow()
		reader.Wait()
		if tb.Failed() {
			tb.Logf("the conversation of a socket:\n%s", s.Transcript())
		}
	})
	return s
}

func (s *Socket) read() {
	for {
		_, raw, err := s.conn.Read(context.Background())
		var m Message
		if err == nil {
			m, err = parse(raw)
		}
		m.socket = s
		s.mu.Lock()
		if err != nil {
			s.ended = err
			s.transcript.ended(err)
		} else {
			s.transcript.received(m.Raw)
			s.received++
			m.number = s.received
			s.unread = append(s.unread, m)
		}
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Act runs an action and returns the reply. Params are a map or a struct, or nil.
func (s *Socket) Act(name string, params any) Message {
	s.tb.Helper()
	return s.Ask(map[string]any{"messageType": "action", "action": name, "params": params})
}

// Stream runs an action whose result is a stream, and returns the whole stream when it
// has ended.
func (s *Socket) Stream(name string, params any) string {
	s.tb.Helper()
	var all strings.Builder
	id := s.say(map[string]any{"messageType": "action", "action": name, "params": params})
	for {
		m := s.reply(id)
		if m.Err != nil || m.Result != nil {
			s.tb.Fatalf("want a stream of %s: %s", name, m)
		}
		if !m.Streaming {
			return all.String()
		}
		all.WriteString(m.Chunk)
	}
}

// Subscribe subscribes to a channel. It ends the test when that is refused.
func (s *Socket) Subscribe(channel string) {
	s.tb.Helper()
	m := s.Ask(map[string]any{"messageType": "subscribe", "channel": channel})
	if m.Subscribed != channel || m.Err != nil {
		s.tb.Fatalf("not subscribed to %s: %s", channel, m)
	}
}

// SubscribeError is [Socket.Subscribe] for a channel that refuses. It ends the test when
// the error is not one of the type, and returns it.
func (s *Socket) SubscribeError(channel string, typ keryx.ErrorType) *keryx.Error {
	s.tb.Helper()
	return s.Ask(map[string]any{"messageType": "subscribe", "channel": channel}).Error(typ)
}

// Unsubscribe ends a subscription.
func (s *Socket) Unsubscribe(channel string) {
	s.tb.Helper()
	m := s.Ask(map[string]any{"messageType": "unsubscribe", "channel": channel})
	if m.Unsubscribed != channel || m.Err != nil {
		s.tb.Fatalf("not unsubscribed from %s: %s", channel, m)
	}
}

// Ask sends a message with a messageId of its own, and returns the reply.
func (s *Socket) Ask(message map[string]any) Message {
	s.tb.Helper()
	return s.reply(s.say(message))
}

// say sends a message and returns its messageId.
func (s *Socket) say(message map[string]any) string {
	s.tb.Helper()
	s.mu.Lock()
	s.last++
	s.asked = s.received
	id := strconv.Itoa(s.last)
	s.mu.Unlock()
	with := map[string]any{"messageId": id}
	for key, value := range message {
		if value != nil {
			with[key] = value
		}
	}
	encoded, err := json.Marshal(with)
	if err != nil {
		s.tb.Fatalf("the message cannot be encoded: %v", err)
	}
	s.Say(string(encoded))
	return id
}

// Say sends a text as it is, and waits for nothing.
func (s *Socket) Say(text string) {
	s.tb.Helper()
	s.mu.Lock()
	s.transcript.sent(text)
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.tb.Context(), limit)
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		s.tb.Fatalf("the socket takes no message: %v", err)
	}
}

func (s *Socket) reply(id string) Message {
	s.tb.Helper()
	m := s.await("the reply to message "+id, func(m Message) bool { return m.ID == id || m.number > s.asked && m.overLimit() })
	if m.ID != id {
		s.tb.Fatalf("no reply to message %s, because there were too many: raise WS_MAX_MESSAGES_PER_SECOND in Options.Env: %s", id, m)
	}
	return m
}

// Broadcast returns the next message of a channel, other than those about presence.
func (s *Socket) Broadcast(channel string) Message {
	s.tb.Helper()
	return s.await("a broadcast on "+channel, func(m Message) bool { return m.Broadcast == channel && m.Sender != presence })
}

// presence is the sender of messages about who has come and who has left.
const presence = "presence"

// Presence waits until a channel says that a member has come or left: the event is
// "join" or "leave", and key is the member's presence key.
func (s *Socket) Presence(channel, event, key string) {
	s.tb.Helper()
	s.await(fmt.Sprintf("the %s of %s on %s", event, key, channel), func(m Message) bool {
		var text string
		var said struct{ Event, PresenceKey string }
		return m.Broadcast == channel && m.Sender == presence && json.Unmarshal(m.Payload, &text) == nil &&
			json.Unmarshal([]byte(text), &said) == nil && said.Event == event && said.PresenceKey == key
	})
}

// Await returns the first message that matches, of those that came and that no other
// method has returned, and of those to come.
func (s *Socket) Await(matches func(Message) bool) Message {
	s.tb.Helper()
	return s.await("a message", matches)
}

func (s *Socket) await(what string, matches func(Message) bool) Message {
	s.tb.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		m, found, changed := s.take(matches)
		if found {
			return m
		}
		if changed == nil {
			s.tb.Fatalf("waited for %s: %v", what, s.ended)
		}
		select {
		case <-changed:
		case <-late.C:
			s.tb.Fatalf("waited %v for %s", limit, what)
		case <-s.tb.Context().Done():
			s.tb.Fatalf("waited for %s: the test has ended", what)
		}
	}
}

// take removes the first message that matches, and returns what to wait for when there
// is none: nil when nothing more will come.
func (s *Socket) take(matches func(Message) bool) (m Message, found bool, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.unread, matches); i >= 0 {
		m = s.unread[i]
		s.unread = slices.Delete(s.unread, i, i+1)
		return m, true, nil
	}
	if s.ended != nil {
		return m, false, nil
	}
	return m, false, s.changed
}

// Unread returns the messages that have come and that no method has returned. More may
// be on their way.
func (s *Socket) Unread() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unread)
}

// Closed waits until the server closes the socket, and returns the code, such as 1001.
// It is -1 when the connection ended without one.
func (s *Socket) Closed() int {
	s.tb.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		_, _, changed := s.take(func(Message) bool { return false })
		if changed == nil {
			return int(websocket.CloseStatus(s.ended))
		}
		select {
		case <-changed:
		case <-late.C:
			s.tb.Fatalf("waited %v for the server to close the socket", limit)
		case <-s.tb.Context().Done():
			s.tb.Fatal("waited for the server to close the socket: the test has ended")
		}
	}
}

// Close closes the socket as a client does that leaves. The end of the test does that
// otherwise.
func (s *Socket) Close() { _ = s.conn.Close(websocket.StatusNormalClosure, "") }

// Transcript returns the conversation so far, a message a line: "> " begins what the
// client has sent, "< " what it has received, and "- " tells of the end. Timestamps of
// errors are 0, for tests that compare it. Between replies and broadcasts there is no
// order.
func (s *Socket) Transcript() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transcript.String()
}

// call sends the parameters of an action by its name.
func (s *Socket) call(e *action.Entry, params action.Params) result {
	s.tb.Helper()
	return s.Act(e.Name, portable(e, params))
}

func (s *Socket) test() testing.TB { return s.tb }
