package websocket_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/keryxtest"
	"github.com/keryx-go/keryx/session"
	"github.com/keryx-go/keryx/stream"
)

type echoInput struct {
	Text string `json:"text" maxLength:"100000"`
}

// sockets opens an action without a route to WebSockets.
var sockets = []string{keryx.WebSocket}

type account struct {
	UserID int64 `json:"userId"`
}

// held holds the action "wait" until open is closed.
type held struct {
	begun, open chan struct{}
	ended       chan error // why each stream of "follow" has ended
}

func newHeld() *held {
	return &held{make(chan struct{}, 100), make(chan struct{}), make(chan error, 100)}
}

func (h *held) app(o keryx.Options) *keryx.API {
	api := keryx.New(o)
	keryx.Handle(api, keryx.Action{Name: "echo", Web: keryx.POST("/echo")},
		func(_ context.Context, in echoInput) (echoInput, error) { return in, nil })
	keryx.Handle(api, keryx.Action{Name: "wait", Only: sockets}, func(ctx context.Context, _ struct{}) (string, error) {
		h.begun <- struct{}{}
		select {
		case <-h.open:
			return "waited", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	})
	keryx.Handle(api, keryx.Action{Name: "wait-exit", Only: sockets}, func(context.Context, struct{}) (any, error) {
		h.begun <- struct{}{}
		<-h.open
		runtime.Goexit()
		return nil, nil
	})
	keryx.Handle(api, keryx.Action{Name: "panic", Only: sockets}, func(context.Context, struct{}) (any, error) { panic("oh no") })
	keryx.Handle(api, keryx.Action{Name: "exit", Only: sockets}, func(context.Context, struct{}) (any, error) { runtime.Goexit(); return nil, nil })
	keryx.Handle(api, keryx.Action{Name: "count", Only: sockets}, func(context.Context, struct{}) (*stream.EventStream, error) {
		return stream.Events(func(_ context.Context, send *stream.Sender) error {
			return errors.Join(send.Event("n", 1), send.Event("n", 2))
		}), nil
	})
	keryx.Handle(api, keryx.Action{Name: "follow", Only: sockets}, func(context.Context, struct{}) (*stream.EventStream, error) {
		return stream.Events(func(ctx context.Context, send *stream.Sender) error {
			if err := send.Event("", "begun"); err != nil {
				return err
			}
			<-ctx.Done() // the client leaves, or the server stops
			h.ended <- context.Cause(ctx)
			return ctx.Err()
		}), nil
	})
	keryx.Handle(api, keryx.Action{Name: "log-in", Only: sockets}, func(ctx context.Context, in account) (account, error) {
		return in, session.Renew(ctx, func(a *account) error { *a = in; return nil })
	})
	keryx.Handle(api, keryx.Action{Name: "who", Web: keryx.GET("/who")}, func(ctx context.Context, _ struct{}) (account, error) {
		a, _, err := session.Data[account](ctx)
		return a, err
	})
	api.Channels.Handle(channel.Channel{
		Name: "room:{room}", PresenceKey: func(context.Context, *channel.Join) (string, error) { return "somebody", nil },
	})
	api.Channels.Handle(channel.Channel{Name: "secret", Authorize: func(context.Context, *channel.Join) error {
		return &keryx.Error{Type: fault.ConnectionChannelAuthorization, Message: "Nobody may join this channel"}
	}})
	return api
}

// start runs an app that has no database, on an embedded Redis.
func start(t *testing.T, h *held, env map[string]string) *keryxtest.App {
	t.Helper()
	all := map[string]string{"WEB_SERVER_INCLUDE_STACK_IN_ERRORS": "false", "LOG_LEVEL": "warn"}
	for name, value := range env {
		all[name] = value
	}
	return keryxtest.Start(t, h.app, keryxtest.Options{Env: all, Embedded: true, NoDatabase: true})
}

func address(app *keryxtest.App) string { return strings.Replace(app.URL, "http", "ws", 1) + "/any" }

// client is a WebSocket client that fails its test.
type client struct {
	t *testing.T
	*websocket.Conn
}

func dial(t *testing.T, app *keryxtest.App, header ...string) *client {
	t.Helper()
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	conn, _, err := websocket.Dial(t.Context(), address(app), &websocket.DialOptions{HTTPHeader: h})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t, conn}
}

func (c *client) say(text string) {
	c.t.Helper()
	if err := c.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// hear returns the next message.
func (c *client) hear() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	_, text, err := c.Read(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// ask says something and wants to hear all of the parts.
func (c *client) ask(text string, parts ...string) {
	c.t.Helper()
	c.say(text)
	answer := c.hear()
	for _, part := range parts {
		if !strings.Contains(answer, part) {
			c.t.Errorf("%s: got %s, want %s", text, answer, part)
		}
	}
}

// ends reads until the socket is closed, and wants it closed with code.
func (c *client) ends(code websocket.StatusCode) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	for {
		_, _, err := c.Read(ctx)
		if err == nil {
			continue
		}
		if got := websocket.CloseStatus(err); got != code {
			c.t.Errorf("closed with %v (%v), want %v", got, err, code)
		}
		return
	}
}

func call(name string, params any) string {
	encoded, _ := json.Marshal(map[string]any{"messageType": "action", "action": name, "params": params, "messageId": 1})
	return string(encoded)
}
