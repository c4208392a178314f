package websocket_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/keryxtest"
)

// busyApp is an app with the action "stubborn", which does not heed its context.
func busyApp(t *testing.T, env map[string]string) (app *keryxtest.App, h *held) {
	t.Helper()
	h = newHeld()
	all := map[string]string{"LOG_LEVEL": "fatal", "WS_MAX_MESSAGES_PER_SECOND": "0", "WS_MAX_CONCURRENT_MESSAGES": "4"}
	for name, value := range env {
		all[name] = value
	}
	app = keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := h.app(o)
		keryx.Handle(api, keryx.Action{Name: "stubborn", Only: sockets}, func(context.Context, struct{}) (string, error) {
			h.begun <- struct{}{}
			<-h.open
			return "at last", nil
		})
		return api
	}, keryxtest.Options{Env: all, Embedded: true, NoDatabase: true})
	return app, h
}

// dialOver is dial over a TCP connection that the test holds.
func dialOver(t *testing.T, host string) (*client, *net.TCPConn) {
	t.Helper()
	var conn net.Conn
	c, _, err := websocket.Dial(t.Context(), "ws://"+host, &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (_ net.Conn, err error) {
			conn, err = new(net.Dialer).DialContext(ctx, network, address)
			return conn, err
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return &client{t, c}, conn.(*net.TCPConn)
}

// TestLeavingIsNoticed, however a client goes and whatever its workers do: its
// context ends, its channels and its socket are gone.
func TestLeavingIsNoticed(t *testing.T) {
	const workers = 4
	busy := map[string]func(c *client, h *held){
		"streams": func(c *client, _ *held) {
			for range 4 * workers {
				c.say(call("follow", nil))
			}
			for range 4 * workers {
				c.hear()
			}
		},
		"actions": func(c *client, h *held) {
			for range workers {
				c.say(call("stubborn", nil))
				<-h.begun
			}
		},
		"actions, and messages that wait": func(c *client, h *held) {
			for range workers {
				c.say(call("stubborn", nil))
				<-h.begun
			}
			for range 100 {
				c.say(call("echo", echoInput{"waits"}))
			}
			c.say(`{"messageType":"unsubscribe","channel":"room:1"}`)
		},
		"actions, and more messages than may wait": func(c *client, h *held) {
			for range workers {
				c.say(call("stubborn", nil))
				<-h.begun
			}
			text := call("echo", echoInput{strings.Repeat("x", 50_000)})
			for range 24 { // and the kernel has some of it when the client leaves
				c.say(text)
			}
		},
	}
	leave := map[string]func(c *client, conn *net.TCPConn){
		"closing":     func(c *client, _ *net.TCPConn) { go c.Close(websocket.StatusNormalClosure, "") },
		"FIN":         func(c *client, _ *net.TCPConn) { _ = c.CloseNow() },
		"reset":       func(_ *client, conn *net.TCPConn) { _ = conn.SetLinger(0); _ = conn.Close() },
		"half closed": func(_ *client, conn *net.TCPConn) { _ = conn.CloseWrite() },
	}
	for work, begin := range busy {
		for way, end := range leave {
			t.Run(work+"/"+way, func(t *testing.T) {
				t.Parallel()
				app, h := busyApp(t, nil)
				defer close(h.open)
				c, conn := dialOver(t, strings.TrimPrefix(app.URL, "http://"))
				c.say(`{"messageType":"subscribe","channel":"room:1","messageId":1}`)
				for heard := ""; !strings.Contains(heard, `"subscribed"`); {
					heard = c.hear()
				}
				begin(c, h)
				end(c, conn)
				gone(t, app)
			})
		}
	}
}

// gone waits until no socket is left, nor a member of "room:1".
func gone(t *testing.T, app *keryxtest.App) {
	t.Helper()
	eventually.True(t, "the socket is gone", func() bool { return app.WebSocket.Count() == 0 })
	eventually.True(t, "its member is gone", func() bool {
		members, err := app.Channels.Members(t.Context(), "room:1")
		return err == nil && len(members) == 0
	})
}

// TestAPeerThatVanishesWhileBusy is found by pings whatever its workers do.
func TestAPeerThatVanishesWhileBusy(t *testing.T) {
	app, h := busyApp(t, map[string]string{"WS_PING_INTERVAL": "50", "WS_PING_TIMEOUT": "200"})
	defer close(h.open)
	proxy := newHole(t, app)
	c, _ := dialOver(t, proxy.Addr().String())
	c.say(`{"messageType":"subscribe","channel":"room:1","messageId":1}`)
	for heard := ""; !strings.Contains(heard, `"subscribed"`); {
		heard = c.hear()
	}
	for range 4 {
		c.say(call("stubborn", nil))
		<-h.begun
	}
	c.say(call("echo", echoInput{"waits"}))
	proxy.mu.Lock()
	proxy.swallow = true
	proxy.mu.Unlock()
	gone(t, app)
}

// TestManyAtOnce: a client may send far more than can be worked on, and gets all
// of its answers.
func TestManyAtOnce(t *testing.T) {
	app, _ := busyApp(t, nil)
	c := dial(t, app)
	const n = 20_000
	go func() {
		for i := range n {
			text := fmt.Sprintf(`{"messageType":"action","action":"echo","params":{"text":"hello"},"messageId":%d}`, i)
			if err := c.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
				return // and the test hears less than it waits for
			}
		}
	}()
	answered := make(map[int]bool, n)
	for range n {
		var answer struct {
			MessageID int             `json:"messageId"`
			Response  json.RawMessage `json:"response"`
		}
		heard := c.hear()
		if err := json.Unmarshal([]byte(heard), &answer); err != nil || answer.Response == nil || answered[answer.MessageID] {
			t.Fatalf("heard %s, %v", heard, err)
		}
		answered[answer.MessageID] = true
	}
}

// TestTooManyThatWait: what comes while the queue has been full for long is refused,
// and the socket goes on.
func TestTooManyThatWait(t *testing.T) {
	t.Parallel()
	app, h := busyApp(t, map[string]string{"WS_PING_TIMEOUT": "500"})
	c := dial(t, app)
	for range 4 {
		c.say(call("stubborn", nil))
		<-h.begun
	}
	big := call("echo", echoInput{strings.Repeat("x", 60_000)})
	refused := make(chan struct{})
	go func() {
		for {
			select {
			case <-refused:
				return
			default:
			}
			if err := c.Write(t.Context(), websocket.MessageText, []byte(big)); err != nil {
				return
			}
			time.Sleep(time.Millisecond) // a pace, not a wait
		}
	}()
	if heard := c.hear(); !strings.Contains(heard, "CONNECTION_RATE_LIMITED") || !strings.Contains(heard, "Too many messages wait") {
		t.Errorf("heard %.200s", heard)
	}
	close(refused)
	close(h.open)
	c.say(call("echo", echoInput{"the last one"}))
	for heard := ""; !strings.Contains(heard, "the last one"); {
		heard = c.hear()
	}
}
