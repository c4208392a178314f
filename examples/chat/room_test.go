package main

import (
	"encoding/json"
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
		marco, polo := app.Client().Dial(), app.Client().Dial()
		wantFrame(t, subscribe(marco, roomName), refused("CONNECTION_CHANNEL_AUTHORIZATION", "Authentication required to join this channel"))
		for name, s := range map[string]*keryxtest.Socket{"Marco": marco, "Polo": polo} {
			wantFrame(t, s.Act("user:create", m{"name": name, "email": email(name), "password": "abc12345"}), `"response":{"user":{"id":`, `"name":"`+name+`"`)
			wantFrame(t, s.Act("session:create", m{"email": email(name), "password": "abc12345"}), `"cookieName":"__session"`, `"data":{"userId":`)
			s.Subscribe(roomName)
		}
		wantFrame(t, marco.Act("message:create", m{"body": "Marco"}), `"response":{"message":{"id":1,"body":"Marco"`)
		wantFrame(t, polo.Act("message:create", m{"body": "Polo"}), `"body":"Polo"`)
		for _, s := range []*keryxtest.Socket{marco, polo} {
			f := heard(s, `"body":"Marco"`)
			wantFrame(t, f, `{"message":{"channel":"messages","message":{"message":{"id":1,"body":"Marco","user_id":`, `"user_name":"Marco"}}`)
			if !strings.HasPrefix(f.Sender, "user:") {
				t.Errorf("the sender is %q", f.Sender)
			}
			heard(s, `"body":"Polo"`)
		}
		wantFrame(t, marco.Act("messages:list", m{"limit": 1}), `"body":"Polo"`, `"pagination":{"page":1,"limit":1,"total":2,"pages":2}`)
		wantFrame(t, marco.Act("message:view", m{"message": 2}), `"user_name":"Polo"`)
		wantFrame(t, marco.Act("message:view", m{"message": "2"}), `"error":`, `"key":"message"`)
		wantFrame(t, marco.Act("channel:members", m{"channel": roomName}), `"members":[`)
		wantFrame(t, marco.Act("nowhere", nil), refused("CONNECTION_ACTION_NOT_FOUND", "Action not found: nowhere"))
		wantFrame(t, marco.Act("session:destroy", nil), `{"success":true}`)
		wantFrame(t, marco.Act("messages:list", nil), noSession)
	})
}

// TestOneCannotDeleteWhatOthersWrote over a socket, which may name any action.
func TestOneCannotDeleteWhatOthersWrote(t *testing.T) {
	app := small(t)
	mario := user(t, app, "Mario")
	write(mario, "to stay")
	s := mario.Dial()
	wantFrame(t, s.Act("messages:cleanup", m{"age": 1000}), refused("CONNECTION_ACTION_NOT_FOUND", "Action not found: messages:cleanup"))
	wantFrame(t, s.Act("messages:hello", nil), refused("CONNECTION_ACTION_NOT_FOUND", "Action not found: messages:hello"))
	want(t, mario.Get("/api/message/1"), http.StatusOK, "to stay")
}

func TestTheRoom(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Client().Get("/api/channel/messages/members"), http.StatusUnauthorized, noSession)
		mario, luigi := user(t, app, "Mario"), user(t, app, "Luigi")
		want(t, mario.Get("/api/channel/messages/members"), http.StatusOK, `{"members":[]}`)
		want(t, mario.Get("/api/room/people"), http.StatusOK, `{"people":[]}`)
		want(t, mario.Get("/api/channel/some-empty-channel/members"), http.StatusOK, `{"members":[]}`)
		want(t, mario.Get("/api/channel/bad%20channel!/members"), http.StatusNotAcceptable, refused(param, "Invalid channel name"))

		m1, m2, l1 := mario.Dial(), mario.Dial(), luigi.Dial()
		m1.Subscribe(roomName)
		m1.Presence(roomName, "join", id(mario))
		m2.Subscribe(roomName) // a second tab of the same user is no new member
		l1.Subscribe(roomName)
		m1.Presence(roomName, "join", id(luigi))
		both := []string{id(mario), id(luigi)}
		if got := members(mario); !slices.Equal(got, both) {
			t.Errorf("the members are %q, want %q", got, both)
		}
		want(t, write(luigi, "over HTTP"), http.StatusOK, "over HTTP")
		for _, s := range []*keryxtest.Socket{m1, m2, l1} {
			heard(s, "over HTTP")
		}
		want(t, app.Client().Get("/api/room/people"), http.StatusUnauthorized, noSession)
		want(t, mario.Get("/api/room/people"), http.StatusOK,
			`{"people":[{"id":`+both[0]+`,"name":"Mario"},{"id":`+both[1]+`,"name":"Luigi"}]}`)
		m2.Close() // Mario is there still
		l1.Close()
		m1.Presence(roomName, "leave", id(luigi))
		if got := members(mario); !slices.Equal(got, both[:1]) {
			t.Errorf("the members are %q, want %q", got, both[:1])
		}
		for _, f := range m1.Unread() {
			if strings.Contains(f.Raw, "leave") || strings.Contains(f.Raw, "join") {
				t.Errorf("Mario heard %s", f.Raw)
			}
		}
	})
}

func TestTheRoomRefuses(t *testing.T) {
	app := small(t)
	s := user(t, app, "Mario").Dial()
	wantFrame(t, subscribe(s, "nowhere"), refused("CONNECTION_CHANNEL_AUTHORIZATION", "Channel not found: nowhere"))
	wantFrame(t, subscribe(s, "bad channel!"), "CONNECTION_CHANNEL_VALIDATION")
	wantFrame(t, s.Ask(m{"messageType": "unsubscribe", "channel": roomName}), "CONNECTION_NOT_SUBSCRIBED")
	s.Subscribe(roomName)
	wantFrame(t, s.Ask(m{"messageType": "unsubscribe", "channel": roomName}), `"unsubscribed":{"channel":"messages"}`)
	wantFrame(t, s.Act("fileUpload", m{"file": "text", "stringParam": "x"}), `"key":"file"`, "file must be a file")
}

// TestTheCounterOverASocket comes in chunks.
func TestTheCounterOverASocket(t *testing.T) {
	s := small(t).Client().Dial()
	if got := s.Stream("streaming:counter", m{"count": 2}); strings.Count(got, "event: counter\n") != 2 || !strings.Contains(got, `data: {"index":2,"total":2}`) {
		t.Errorf("got %q", got)
	}
}

// TestASignOutElsewhere is heard of by the sockets of the session.
func TestASignOutElsewhere(t *testing.T) {
	app := small(t)
	mario := user(t, app, "Mario")
	s := mario.Dial()
	wantFrame(t, s.Act("messages:list", nil), `"messages":[]`)
	want(t, mario.Delete("/api/session"), http.StatusOK, "true")
	wantFrame(t, s.Act("messages:list", nil), noSession)
	wantFrame(t, subscribe(s, roomName), "Authentication required to join this channel")
}

// TestAPageComesBack subscribes again after the last message that it has seen.
func TestAPageComesBack(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		mario := user(t, app, "Mario")
		s := mario.Dial()
		s.Subscribe(roomName)
		write(mario, "seen")
		seen := struct{ Message struct{ Position string } }{}
		if err := json.Unmarshal([]byte(heard(s, "seen").Raw), &seen); err != nil {
			t.Fatal(err)
		}
		s.Close()
		write(mario, "missed")
		s = mario.Dial()
		reply := s.Ask(m{"messageType": "subscribe", "channel": roomName, "after": seen.Message.Position})
		wantFrame(t, reply, `"recovered":true`)
		heard(s, "missed")
		wantFrame(t, mario.Dial().Ask(m{"messageType": "subscribe", "channel": roomName, "after": "1-1"}), `"recovered":false`)
	})
}
