package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// socket is a WebSocket client. It keeps the frames that it was not waiting for.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
	seen []frame
	last int
}

// frame is a message of the server, of any kind.
type frame struct {
	MessageID  string          `json:"messageId"`
	Response   json.RawMessage `json:"response"`
	Error      *problem        `json:"error"`
	Subscribed *struct {
		Channel string `json:"channel"`
	} `json:"subscribed"`
	Unsubscribed *struct {
		Channel string `json:"channel"`
	} `json:"unsubscribed"`
	Streaming *bool  `json:"streaming"`
	Chunk     string `json:"chunk"`
	Message   *struct {
		Channel string          `json:"channel"`
		Message json.RawMessage `json:"message"`
		Sender  string          `json:"sender"`
	} `json:"message"`
	raw string
}

type problem struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Key     string `json:"key"`
}

// connect opens a socket, with the client's session if it has one.
func (c *client) connect() *socket {
	c.t.Helper()
	header := http.Header{}
	if c.cookie != "" {
		header.Set("Cookie", c.cookie)
	}
	conn, response, err := websocket.Dial(c.t.Context(), strings.Replace(c.url, "http", "ws", 1)+"/any/path", &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		c.t.Fatalf("no socket: %v (%v)", err, response)
	}
	s := &socket{t: c.t, conn: conn}
	c.t.Cleanup(s.close)
	return s
}

func (s *socket) close() { _ = s.conn.Close(websocket.StatusNormalClosure, "") }

func (s *socket) send(message m) {
	s.t.Helper()
	encoded, err := json.Marshal(message)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.conn.Write(s.t.Context(), websocket.MessageText, encoded); err != nil {
		s.t.Fatal(err)
	}
}

// ask sends a message and returns the answer to it.
func (s *socket) ask(message m) frame {
	s.t.Helper()
	s.last++
	id := fmt.Sprint(s.last)
	message["messageId"] = id
	s.send(message)
	return s.await("the answer to "+fmt.Sprint(message), func(f frame) bool { return f.MessageID == id })
}

func (s *socket) call(action string, params m) frame {
	s.t.Helper()
	return s.ask(m{"messageType": "action", "action": action, "params": params})
}

func (s *socket) subscribe(channel string) frame {
	s.t.Helper()
	return s.ask(m{"messageType": "subscribe", "channel": channel})
}

// join subscribes to the room.
func (s *socket) join() {
	s.t.Helper()
	if f := s.subscribe(roomName); f.Subscribed == nil || f.Subscribed.Channel != roomName {
		s.t.Fatalf("not subscribed: %s", f.raw)
	}
}

// broadcast waits for a broadcast whose payload contains a text.
func (s *socket) broadcast(part string) frame {
	s.t.Helper()
	return s.await("a broadcast with "+part, func(f frame) bool {
		return f.Message != nil && strings.Contains(string(f.Message.Message), part)
	})
}

// presence waits to hear that a user came or left: "join" or "leave".
func (s *socket) presence(event string, user int64) {
	s.t.Helper()
	want, _ := json.Marshal(fmt.Sprintf(`{"event":%q,"presenceKey":"%d"}`, event, user))
	s.await(string(want), func(f frame) bool {
		return f.Message != nil && f.Message.Sender == "presence" && string(f.Message.Message) == string(want)
	})
}

// await returns the first message that matches, of those that came and those to
// come.
func (s *socket) await(what string, matches func(frame) bool) frame {
	s.t.Helper()
	if i := slices.IndexFunc(s.seen, matches); i >= 0 {
		found := s.seen[i]
		s.seen = slices.Delete(s.seen, i, i+1)
		return found
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Second)
	defer cancel()
	for {
		_, data, err := s.conn.Read(ctx)
		if err != nil {
			s.t.Fatalf("waited for %s: %v; came %v", what, err, s.seen)
		}
		f := frame{raw: string(data)}
		if err := json.Unmarshal(data, &f); err != nil {
			s.t.Fatalf("%s: %v", data, err)
		}
		if matches(f) {
			return f
		}
		s.seen = append(s.seen, f)
	}
}

func (f frame) String() string { return f.raw }

// wantFrame fails the test when a message lacks something.
func wantFrame(t *testing.T, f frame, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(f.raw, part) {
			t.Errorf("got %s, want %s", f.raw, part)
		}
	}
}

// id returns the user's own id.
func (c *client) id() int64 {
	c.t.Helper()
	var out ownUserOutput
	decode(c.t, c.send("POST", "/user", m{}), &out)
	return out.User.ID
}

// members returns the presence keys of the room, sorted.
func (c *client) members() []string {
	c.t.Helper()
	var out membersOutput
	decode(c.t, c.get("/channel/"+roomName+"/members"), &out)
	slices.Sort(out.Members)
	return out.Members
}

// eventually waits until something holds.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("after %v it is still not so: %s", within, what)
		}
	}
}
