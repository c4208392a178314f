package keryxtest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
)

func TestASocket(t *testing.T) {
	b, app := startBoard(t, nil)
	ada, grace := app.Client(), app.Client()
	ada.SignIn(account{7})
	grace.SignIn(account{8})
	s := ada.Dial()
	if got := keryxtest.Decode[string](s.Act("who", nil)); got != "7" {
		t.Errorf("it is %s", got)
	}
	s.Subscribe("room:1")
	s.Presence("room:1", "join", "7")
	other := grace.Dial()
	other.Subscribe("room:1")
	s.Presence("room:1", "join", "8")
	for _, text := range []string{"one", "two"} {
		keryxtest.Call(grace, b.post, postInput{"room:1", text})
	}
	last := s.Await(func(m keryxtest.Message) bool { return string(m.Payload) == `"two"` })
	first := s.Broadcast("room:1")
	if keryxtest.Decode[string](first) != "one" || first.Sender != "poster" || keryxtest.Decode[string](last) != "two" {
		t.Errorf("got %s and %s", first, last)
	}
	if got := s.Unread(); len(got) != 0 {
		t.Errorf("unread: %v", got)
	}
	other.Unsubscribe("room:1")
	s.Presence("room:1", "leave", "8")
	other.Close()
	if e := s.SubscribeError("closed", keryx.ConnectionForbidden); e.Message != "this channel is closed" {
		t.Errorf("%+v", e)
	}
	if got := s.Stream("count", nil); strings.Count(got, "event: n\n") != 2 {
		t.Errorf("the stream is %q", got)
	}
	s.Say("nonsense")
	if e := s.Await(func(m keryxtest.Message) bool { return m.Err != nil }).Error(keryx.ConnectionTypeNotFound); e.Message == "" {
		t.Errorf("%+v", e)
	}
}

// TestTheTokenOfASocket shares the headers of its client.
func TestTheTokenOfASocket(t *testing.T) {
	_, app := startBoard(t, nil)
	if got := keryxtest.Decode[string](app.Client().Bearer("key").Dial().Act("who", nil)); got != "machine" {
		t.Errorf("it is %s", got)
	}
}

func TestTranscript(t *testing.T) {
	_, app := startBoard(t, map[string]string{"WEB_SERVER_INCLUDE_STACK_IN_ERRORS": "false"})
	s := app.Client().Dial()
	s.Act("who", nil)
	s.Act("nowhere", nil)
	want := `> {"action":"who","messageId":"1","messageType":"action"}
< {"messageId":"1","response":"nobody"}
> {"action":"nowhere","messageId":"2","messageType":"action"}
< {"messageId":"2","error":{"message":"Action not found: nowhere","type":"CONNECTION_ACTION_NOT_FOUND","timestamp":0}}
`
	if got := s.Transcript(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestTheServerClosesASocket with the code of a stop.
func TestTheServerClosesASocket(t *testing.T) {
	_, app := startBoard(t, nil)
	s := app.Client().Dial()
	s.Act("who", nil)
	if err := app.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if code := s.Closed(); code != 1001 {
		t.Errorf("closed with %d", code)
	}
}

// TestFailuresOfASocket have the conversation in them.
func TestFailuresOfASocket(t *testing.T) {
	_, app := startBoard(t, map[string]string{"WS_MAX_MESSAGES_PER_SECOND": "3"})
	for name, test := range map[string]struct {
		test func(*keryxtest.Socket)
		want string
	}{
		"another error": {func(s *keryxtest.Socket) { s.Act("who", nil).Error(keryx.ConnectionForbidden) }, "want the error CONNECTION_FORBIDDEN"},
		"an error":      {func(s *keryxtest.Socket) { keryxtest.Decode[string](s.Act("quota", nil)) }, "want a result"},
		"another type":  {func(s *keryxtest.Socket) { keryxtest.Decode[int](s.Act("who", nil)) }, "not a *int"},
		"no channel":    {func(s *keryxtest.Socket) { s.Subscribe("closed") }, "not subscribed to closed"},
		"no subscriber": {func(s *keryxtest.Socket) { s.Unsubscribe("room:1") }, "not unsubscribed from room:1"},
		"no stream":     {func(s *keryxtest.Socket) { s.Stream("who", nil) }, "want a stream of who"},
		"too many": {func(s *keryxtest.Socket) {
			for range 20 {
				s.Act("who", nil)
			}
		}, "WS_MAX_MESSAGES_PER_SECOND"},
		"no broadcast": {func(s *keryxtest.Socket) { s.Act("who", nil); s.Close(); s.Broadcast("room:1") }, "waited for a broadcast on room:1"},
	} {
		t.Run(name, func(t *testing.T) {
			wantFailure(t, func(tb testing.TB) { test.test(app.In(tb).Client().Dial()) }, test.want, "the conversation of a socket:\n> {", "\n< {")
		})
	}
}
