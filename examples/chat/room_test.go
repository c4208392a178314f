package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"
)

// TestAConversation is what a client of Keryx does: it does everything over its
// socket.
func TestAConversation(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		marco, polo := newClient(t, app).connect(), newClient(t, app).connect()
		wantFrame(t, marco.subscribe(roomName), refused("CONNECTION_CHANNEL_AUTHORIZATION", "Authentication required to join this channel"))
		for name, s := range map[string]*socket{"Marco": marco, "Polo": polo} {
			wantFrame(t, s.call("user:create", m{"name": name, "email": email(name), "password": "abc12345"}), `"response":{"user":{"id":`, `"name":"`+name+`"`)
			wantFrame(t, s.call("session:create", m{"email": email(name), "password": "abc12345"}), `"cookieName":"__session"`, `"data":{"userId":`)
			s.join()
		}
		wantFrame(t, marco.call("message:create", m{"body": "Marco"}), `"response":{"message":{"id":1,"body":"Marco"`)
		wantFrame(t, polo.call("message:create", m{"body": "Polo"}), `"body":"Polo"`)
		for _, s := range []*socket{marco, polo} {
			f := s.broadcast(`"body":"Marco"`)
			wantFrame(t, f, `{"message":{"channel":"messages","message":{"message":{"id":1,"body":"Marco","user_id":`, `"user_name":"Marco"}}`)
			if !strings.HasPrefix(f.Message.Sender, "user:") {
				t.Errorf("the sender is %q", f.Message.Sender)
			}
			s.broadcast(`"body":"Polo"`)
		}
		wantFrame(t, marco.call("messages:list", m{"limit": 1}), `"body":"Polo"`, `"pagination":{"page":1,"limit":1,"total":2,"pages":2}`)
		wantFrame(t, marco.call("message:view", m{"message": 2}), `"user_name":"Polo"`)
		wantFrame(t, marco.call("message:view", m{"message": "2"}), `"error":`, `"key":"message"`)
		wantFrame(t, marco.call("channel:members", m{"channel": roomName}), `"members":[`)
		wantFrame(t, marco.call("nowhere", nil), refused("CONNECTION_ACTION_NOT_FOUND", "Action not found: nowhere"))
		wantFrame(t, marco.call("session:destroy", nil), `{"success":true}`)
		wantFrame(t, marco.call("messages:list", nil), noSession)
	})
}

// TestOneCannotDeleteWhatOthersWrote over a socket, which may name any action.
func TestOneCannotDeleteWhatOthersWrote(t *testing.T) {
	app := small(t)
	mario := user(t, app, "Mario")
	mario.write("to stay")
	s := mario.connect()
	wantFrame(t, s.call("messages:cleanup", m{"age": 1000}), refused("CONNECTION_ACTION_NOT_FOUND", "Action not found: messages:cleanup"))
	wantFrame(t, s.call("messages:hello", nil), refused("CONNECTION_ACTION_NOT_FOUND", "Action not found: messages:hello"))
	want(t, mario.get("/message/1"), http.StatusOK, "to stay")
}

func TestTheRoom(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, newClient(t, app).get("/channel/messages/members"), http.StatusUnauthorized, noSession)
		mario, luigi := user(t, app, "Mario"), user(t, app, "Luigi")
		want(t, mario.get("/channel/messages/members"), http.StatusOK, `{"members":[]}`)
		want(t, mario.get("/channel/some-empty-channel/members"), http.StatusOK, `{"members":[]}`)
		want(t, mario.get("/channel/bad%20channel!/members"), http.StatusNotAcceptable, refused(param, "Invalid channel name"))

		m1, m2, l1 := mario.connect(), mario.connect(), luigi.connect()
		m1.join()
		m1.presence("join", mario.id())
		m2.join() // a second tab of the same user is no new member
		l1.join()
		m1.presence("join", luigi.id())
		both := []string{fmt.Sprint(mario.id()), fmt.Sprint(luigi.id())}
		if got := mario.members(); !slices.Equal(got, both) {
			t.Errorf("the members are %q, want %q", got, both)
		}
		want(t, luigi.write("over HTTP"), http.StatusOK, "over HTTP")
		for _, s := range []*socket{m1, m2, l1} {
			s.broadcast("over HTTP")
		}
		m2.close() // Mario is there still
		l1.close()
		m1.presence("leave", luigi.id())
		if got := mario.members(); !slices.Equal(got, both[:1]) {
			t.Errorf("the members are %q, want %q", got, both[:1])
		}
		for _, f := range m1.seen {
			if strings.Contains(f.raw, "leave") || strings.Contains(f.raw, "join") {
				t.Errorf("Mario heard %s", f.raw)
			}
		}
	})
}

func TestTheRoomRefuses(t *testing.T) {
	app := small(t)
	s := user(t, app, "Mario").connect()
	wantFrame(t, s.subscribe("nowhere"), refused("CONNECTION_CHANNEL_AUTHORIZATION", "Channel not found: nowhere"))
	wantFrame(t, s.subscribe("bad channel!"), "CONNECTION_CHANNEL_VALIDATION")
	wantFrame(t, s.ask(m{"messageType": "unsubscribe", "channel": roomName}), "CONNECTION_NOT_SUBSCRIBED")
	s.join()
	wantFrame(t, s.ask(m{"messageType": "unsubscribe", "channel": roomName}), `"unsubscribed":{"channel":"messages"}`)
	wantFrame(t, s.call("fileUpload", m{"file": "text", "stringParam": "x"}), `"key":"file"`, "file must be a file")
}

// TestTheCounterOverASocket comes in chunks.
func TestTheCounterOverASocket(t *testing.T) {
	s := newClient(t, small(t)).connect()
	s.send(m{"messageType": "action", "action": "streaming:counter", "messageId": "c", "params": m{"count": 2}})
	var chunks strings.Builder
	for {
		f := s.await("a chunk", func(f frame) bool { return f.MessageID == "c" })
		if f.Streaming == nil {
			t.Fatalf("got %s", f.raw)
		}
		if chunks.WriteString(f.Chunk); !*f.Streaming {
			break
		}
	}
	if got := chunks.String(); strings.Count(got, "event: counter\n") != 2 || !strings.Contains(got, `data: {"index":2,"total":2}`) {
		t.Errorf("got %q", got)
	}
}

// TestASignOutElsewhere is heard of by the sockets of the session.
func TestASignOutElsewhere(t *testing.T) {
	app := small(t)
	mario := user(t, app, "Mario")
	s := mario.connect()
	wantFrame(t, s.call("messages:list", nil), `"messages":[]`)
	want(t, mario.send("DELETE", "/session", m{}), http.StatusOK, "true")
	wantFrame(t, s.call("messages:list", nil), noSession)
	wantFrame(t, s.subscribe(roomName), "Authentication required to join this channel")
}
