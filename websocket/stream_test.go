package websocket_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/keryxtest"
	"github.com/keryx-go/keryx/stream"
)

// endless is an app whose action "follow" sends one event and then waits for its
// end, the cause of which it tells.
func endless(t *testing.T, env map[string]string) (app *keryxtest.App, ended <-chan error) {
	t.Helper()
	h := newHeld()
	return keryxtest.Start(t, h.app, keryxtest.Options{Env: env, Embedded: true, NoDatabase: true}), h.ended
}

// soon wants what comes through c, before long.
func soon[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("waited in vain for " + what)
		panic("unreachable")
	}
}

const begun = `"streaming":true,"chunk":"data: begun\n\n"`

// TestLeavingCancelsStreams: all of a socket, and none of others.
func TestLeavingCancelsStreams(t *testing.T) {
	for name, leave := range map[string]func(*client){
		"with a word":    func(c *client) { _ = c.Close(websocket.StatusNormalClosure, "") },
		"without a word": func(c *client) { _ = c.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			app, ended := endless(t, nil)
			leaving, staying := dial(t, app), dial(t, app)
			leaving.ask(call("follow", nil), begun)
			leaving.ask(call("follow", nil), begun)
			staying.ask(call("follow", nil), begun)
			leave(leaving)
			for range 2 {
				if cause := soon(t, "the end of a stream", ended); !errors.Is(cause, context.Canceled) {
					t.Errorf("the cause is %v", cause)
				}
			}
			staying.ask(call("echo", echoInput{"still here"}), "still here")
			select {
			case cause := <-ended:
				t.Errorf("the stream of another client ended: %v", cause)
			default:
			}
		})
	}
}

// TestAStreamHoldsUpNothing: the client may go on asking while it runs.
func TestAStreamHoldsUpNothing(t *testing.T) {
	app, _ := endless(t, nil)
	c := dial(t, app)
	c.ask(call("follow", nil), begun)
	c.ask(call("echo", echoInput{"meanwhile"}), "meanwhile")
	c.say(`{"messageType":"subscribe","channel":"room:1","messageId":2}`)
	for heard := ""; !strings.Contains(heard, `"subscribed"`); { // its own arrival may come first
		heard = c.hear()
	}
}

// TestStoppingEndsStreams that do not end by themselves in time: their clients are
// told, get an end, and are closed with 1001.
func TestStoppingEndsStreams(t *testing.T) {
	app, ended := endless(t, map[string]string{"WS_DRAIN_TIMEOUT": "200", "PROCESS_SHUTDOWN_TIMEOUT": "25000"})
	c := dial(t, app)
	c.ask(call("follow", nil), begun)
	began := time.Now()
	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(context.Background()) }()

	if cause := soon(t, "the end of the stream", ended); !errors.Is(cause, action.ErrStopping) {
		t.Errorf("the cause is %v", cause)
	}
	var heard []string
	for !strings.Contains(strings.Join(heard, ""), `"streaming":false`) {
		heard = append(heard, c.hear())
	}
	t.Logf("heard %q", heard)
	c.ends(websocket.StatusGoingAway)
	if err := soon(t, "the stop", stopped); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestAStreamThatFails: the client gets the error between the last piece and the end.
func TestAStreamThatFails(t *testing.T) {
	h := newHeld()
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := h.app(o)
		keryx.Handle(api, keryx.Action{Name: "half", Only: sockets}, func(context.Context, struct{}) (*stream.ChunkStream, error) {
			return stream.Chunks("text/csv", func(_ context.Context, w io.Writer) error {
				_, err := io.WriteString(w, "a,b\n")
				return errors.Join(err, errors.New("boom"))
			}), nil
		})
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true, Env: map[string]string{"LOG_LEVEL": "fatal"}})
	c := dial(t, app)
	c.ask(call("half", nil), `{"messageId":1,"streaming":true,"chunk":"a,b\n"}`)
	if heard := c.hear(); !strings.Contains(heard, `"error":{"message":"boom"`) || !strings.Contains(heard, `"messageId":1`) {
		t.Errorf("heard %s", heard)
	}
	if heard := c.hear(); heard != `{"messageId":1,"streaming":false}` {
		t.Errorf("heard %s", heard)
	}
}
