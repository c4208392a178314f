package websocket_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
	"github.com/keryx-go/keryx/stream"
)

func follow(id string) string {
	return fmt.Sprintf(`{"messageType":"action","action":"follow","messageId":%s}`, id)
}

func cancel(id string) string { return fmt.Sprintf(`{"messageType":"cancel","messageId":%s}`, id) }

// TestCancel: a client ends the stream that it names, and no other.
func TestCancel(t *testing.T) {
	app, ended := endless(t, nil)
	c := dial(t, app)
	for _, id := range []string{`1`, `"1"`, `{"a":[1]}`} {
		c.ask(follow(id), id, begun)
	}
	c.ask(cancel(`"1"`), `{"messageId":"1","streaming":false}`)
	if cause := soon(t, "the end of the stream", ended); !strings.Contains(cause.Error(), "cancelled the stream") {
		t.Errorf("the cause is %v", cause)
	}
	c.ask(cancel(`"1"`), `"messageId":"1","error"`, `no action with the messageId \"1\" is under way`)
	c.ask(call("echo", echoInput{"goes on"}), "goes on")
	c.ask(cancel(`{"a":[1]}`), `{"messageId":{"a":[1]},"streaming":false}`)
	c.ask(cancel(`1`), `{"messageId":1,"streaming":false}`)
	c.ask(`{"messageType":"cancel"}`, "CONNECTION_TYPE_NOT_FOUND", "messageId has to be that of the stream to cancel")
}

// TestCancelBeforeItBegins: a stream that was cancelled while its action still ran
// ends as soon as it begins. An action without a stream answers as ever.
func TestCancelBeforeItBegins(t *testing.T) {
	h := newHeld()
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := h.app(o)
		keryx.Handle(api, keryx.Action{Name: "slowly", Only: sockets}, func(context.Context, struct{}) (*stream.EventStream, error) {
			h.begun <- struct{}{}
			<-h.open
			return stream.Events(func(ctx context.Context, _ *stream.Sender) error {
				<-ctx.Done()
				return ctx.Err()
			}), nil
		})
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true, Env: map[string]string{"LOG_LEVEL": "warn"}})
	c := dial(t, app)
	c.say(call("slowly", nil))
	c.say(strings.Replace(call("wait", nil), `"messageId":1`, `"messageId":2`, 1))
	<-h.begun
	<-h.begun
	c.say(cancel("1"))
	c.say(cancel("2"))
	c.ask(call("echo", echoInput{"both are cancelled"}), "both are cancelled") // messages are read in order
	close(h.open)
	heard := c.hear() + c.hear()
	for _, want := range []string{`{"messageId":1,"streaming":false}`, `{"messageId":2,"response":"waited"}`} {
		if !strings.Contains(heard, want) {
			t.Errorf("heard %s, want %s", heard, want)
		}
	}
}

// TestTooManyStreams: one more than may run is ended with an error.
func TestTooManyStreams(t *testing.T) {
	app, ended := endless(t, map[string]string{"WS_MAX_STREAMS": "2"})
	c := dial(t, app)
	c.ask(follow("1"), begun)
	c.ask(follow("2"), begun)
	c.ask(follow("3"), `"messageId":3`, "CONNECTION_RATE_LIMITED", "Too many streams (max 2)")
	if heard := c.hear(); heard != `{"messageId":3,"streaming":false}` {
		t.Errorf("heard %s", heard)
	}
	c.ask(cancel("1"), `{"messageId":1,"streaming":false}`)
	soon(t, "the end of the stream", ended)
	c.ask(follow("4"), `"messageId":4`, begun)
}
