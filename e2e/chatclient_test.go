package e2e

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/e2e/testdata/chatclient"
)

// TestTypeScriptInTheChat signs up, calls actions over both transports, and is in the channel
// while the server restarts.
func TestTypeScriptInTheChat(t *testing.T) {
	everywhere(t, "chat_steps", chat, func(t *testing.T, s *server, steps stepper) {
		const refused = "CONNECTION_CHANNEL_AUTHORIZATION,Authentication required to join this channel"
		gives(t, steps, refused, "refused")
		gives(t, steps, "Ada", "signUp", "Ada")
		gives(t, steps, 1, "enter")
		at := logs(t, steps, 0, "open", "members 1")
		for _, transport := range []string{"http", "websocket"} {
			gives(t, steps, "by "+transport, "say", "by "+transport, transport)
			at = logs(t, steps, at, "said by "+transport)
			gives(t, steps, "counter1,counter2,counter3", "count", transport, 0)
			gives(t, steps, "counter1,counter2", "count", transport, 2)
		}
		gives(t, steps, []string{"by websocket", "by http"}, "listed", "http")
		gives(t, steps, []string{"by websocket", "by http"}, "listed", "websocket")
		gives(t, steps, "ä.txt 9 x", "upload")

		other := newChatClient(t, s.url, "Grace")
		for name, end := range map[string]func(){"a stop": s.stop, "a crash": s.kill} {
			end()
			at = logs(t, steps, at, "waiting")
			steps.step("begin", "status")
			s.run()
			other.say("after " + name) // perhaps before the other is back
			logs(t, steps, at, "recovered")
			logs(t, steps, at, "status done")
			at = logs(t, steps, at, "open", "said after "+name)
		}
		steps.step("leave")
		gives(t, steps, "CLIENT_CLOSED", "close")
	})
}

// TestGoInTheChat: the client in Go signs up, writes, reads, counts and uploads.
func TestGoInTheChat(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	c := &chatclient.Client{URL: s.url}
	_, err := c.MessagesList(ctx, chatclient.MessagesListInput{})
	var failed *chatclient.Error
	if !errors.As(err, &failed) || failed.Type != "CONNECTION_SESSION_NOT_FOUND" || failed.Status != http.StatusUnauthorized {
		t.Errorf("a call without a session fails with %v", err)
	}
	ada := newChatClient(t, s.url, "Ada")
	ada.say("hello")
	list, err := ada.MessagesList(ctx, chatclient.MessagesListInput{Limit: new(int64(1))})
	if err != nil || len(list.Messages) != 1 || list.Messages[0].Body != "hello" || list.Messages[0].UserName != "Ada" {
		t.Errorf("the messages are %+v, %v", list, err)
	}
	counted := ""
	for e, err := range ada.StreamingCounter(ctx, chatclient.StreamingCounterInput{Count: new(int64(3))}) {
		if err != nil {
			t.Fatal(err)
		}
		counted += e.ID
	}
	if counted != "123" {
		t.Errorf("the events are %q", counted)
	}
	up, err := ada.FileUpload(ctx, chatclient.FileUploadInput{
		File: chatclient.File{Name: "a.txt", Type: "text/plain", Content: strings.NewReader("some text")}, StringParam: "x",
	})
	if err != nil || up.Params.File.Size != 9 || up.Params.StringParam != "x" {
		t.Errorf("the upload is %+v, %v", up, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := ada.Status(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that is given up fails with %v", err)
	}
}

// chatter is a user of the chat who is signed in.
type chatter struct {
	*chatclient.Client
	t *testing.T
}

func newChatClient(t *testing.T, url, name string) *chatter {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &chatter{&chatclient.Client{URL: url, HTTP: &http.Client{Jar: jar}}, t}
	_, err = c.UserCreate(t.Context(), chatclient.UserCreateInput{Name: name, Email: name + "@example.com", Password: password})
	if err == nil {
		_, err = c.SessionCreate(t.Context(), chatclient.SessionCreateInput{Email: name + "@example.com", Password: password})
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *chatter) say(text string) {
	c.t.Helper()
	token, err := c.CSRFToken(c.t.Context())
	if err == nil {
		_, err = c.MessageCreate(c.t.Context(), chatclient.MessageCreateInput{Body: text, CsrfToken: &token.Token})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}
