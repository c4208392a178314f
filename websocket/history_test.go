package websocket_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/keryxtest"
)

// keeping is an app with the channel "log", which has a history, and "log:members", for
// users who are logged in.
func keeping(o keryx.Options) *keryx.API {
	api := guarded(time.Time{})(o)
	one := func(context.Context, *channel.Join) (string, error) { return "all", nil }
	api.Channels.Handle(channel.Channel{Name: "log", History: channel.Last(1000, time.Hour), PresenceKey: one})
	api.Channels.Handle(channel.Channel{
		Name: "log:members", History: channel.Last(1000, time.Hour), PresenceKey: one,
		Authorize: func(ctx context.Context, _ *channel.Join) error {
			i, err := auth.From(ctx)
			if err == nil && i == nil {
				err = fault.Unauthorized("Log in first")
			}
			return err
		},
	})
	return api
}

func startKeeping(t *testing.T, env map[string]string) *keryxtest.App {
	t.Helper()
	all := map[string]string{"LOG_LEVEL": "fatal", "WEB_SERVER_INCLUDE_STACK_IN_ERRORS": "false"}
	for name, value := range env {
		all[name] = value
	}
	return keryxtest.Start(t, keeping, keryxtest.Options{Env: all, Embedded: all["REDIS_URL"] == "", NoDatabase: true})
}

// startLarge is startKeeping with a small buffer for each socket, over a real Redis: the
// embedded one is slow with large histories.
func startLarge(t *testing.T) *keryxtest.App {
	t.Helper()
	return startKeeping(t, map[string]string{"WS_SEND_BUFFER": "200000", "REDIS_URL": redistest.Start(t).URL()})
}

// tell broadcasts messages.
func tell(t *testing.T, app *keryxtest.App, name string, messages ...any) {
	t.Helper()
	for _, m := range messages {
		if err := app.Channels.Broadcast(t.Context(), name, m, "test"); err != nil {
			t.Fatal(err)
		}
	}
}

// answer is what a client hears about channels.
type answer struct {
	Subscribed *struct {
		Channel, Position string
		Recovered         *bool
	}
	Message *struct {
		Message  json.RawMessage
		Sender   string
		Position string
	}
	Unsubscribed *struct{ Channel string }
	Error        *struct{ Message, Type string }
}

// hearAnswer returns the next message, and skips joins and leaves.
func (c *client) hearAnswer() answer {
	c.t.Helper()
	for {
		var a answer
		text := c.hear()
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			c.t.Fatalf("%s: %v", text, err)
		}
		if a.Message == nil || a.Message.Sender != "presence" {
			return a
		}
	}
}

// goesOn subscribes after a position, wants those messages and then the reply, and
// returns the position in it.
func (c *client) goesOn(name, after string, recovered bool, want ...string) string {
	c.t.Helper()
	c.say(fmt.Sprintf(`{"messageType":"subscribe","channel":"%s","after":"%s","messageId":1}`, name, after))
	for _, w := range want {
		if a := c.hearAnswer(); a.Message == nil || string(a.Message.Message) != w || a.Message.Position == "" {
			c.t.Fatalf("heard %+v, want %s", a, w)
		}
	}
	a := c.hearAnswer()
	if a.Subscribed == nil || a.Subscribed.Recovered == nil || *a.Subscribed.Recovered != recovered {
		c.t.Fatalf("heard %+v, want recovered %v", a, recovered)
	}
	return a.Subscribed.Position
}

func TestSubscribeAfter(t *testing.T) {
	app := startKeeping(t, nil)
	c := dial(t, app)
	c.say(`{"messageType":"subscribe","channel":"log","messageId":1}`)
	first := c.hear()
	var a answer
	if err := json.Unmarshal([]byte(first), &a); err != nil || a.Subscribed == nil {
		t.Fatalf("heard %s", first)
	}
	origin := a.Subscribed.Position
	if want := `{"messageId":1,"subscribed":{"channel":"log","position":"` + origin + `"}}`; first != want {
		t.Errorf("heard %s, want %s", first, want)
	}
	tell(t, app, "log", 1)
	one := c.hearAnswer().Message.Position
	c.ask(`{"messageType":"subscribe","channel":"log","after":"`+origin+`","messageId":2}`, `{"messageId":2,"subscribed":{"channel":"log"}}`)
	_ = c.CloseNow()

	tell(t, app, "log", 2, 3)
	three := dial(t, app).goesOn("log", one, true, "2", "3")
	back := dial(t, app)
	back.goesOn("log", origin, true, "1", "2", "3")
	if got := dial(t, app).goesOn("log", three, true); got != three {
		t.Errorf("the position is %s, was %s", got, three)
	}
	if got := dial(t, app).goesOn("log", "5-5", false); got != three {
		t.Errorf("the position is %s, was %s", got, three)
	}
	tell(t, app, "log", 4)
	if got := back.hearAnswer(); got.Message == nil || string(got.Message.Message) != "4" {
		t.Errorf("heard %+v", got)
	}
	if got := dial(t, app).goesOn("public", "5-5", false); got != "" {
		t.Errorf("a channel without a history has the position %s", got)
	}
	other := dial(t, app)
	other.say(`{"messageType":"subscribe","channel":"public","after":null,"messageId":4}`)
	if got := other.hearAbout("messageId"); got != `{"messageId":4,"subscribed":{"channel":"public"}}` {
		t.Errorf("heard %s", got)
	}
	other = dial(t, app)
	other.ask(`{"messageType":"subscribe","channel":"log","after":5}`, `after has to be a string`)
	other.ask(`{"messageType":"subscribe","channel":"log","after":"x"}`, `Invalid after: it has to be a position`)
	other.ask(`{"messageType":"subscribe","channel":"log","after":"1-1","after":"1-1"}`, `the key \"after\" occurs twice`)
}

// large returns a message of 50 kB.
func large(i int) string { return strings.Repeat(fmt.Sprint(i%10), 50_000) }

// fill broadcasts n large messages, after a position that it returns.
func fill(t *testing.T, app *keryxtest.App, name string, n int) (position string) {
	t.Helper()
	tell(t, app, name, "first")
	_, position, err := app.Channels.History(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		tell(t, app, name, large(i))
	}
	return position
}

// TestMissedMessagesWaitForTheClient: there are far more than may wait for a socket, and
// the client begins late to read. Messages that come meanwhile follow.
func TestMissedMessagesWaitForTheClient(t *testing.T) {
	const many = 200 // 10 MB
	app := startLarge(t)
	position := fill(t, app, "log", many)
	c := dial(t, app)
	c.catchUp("log", position) // it is in the channel
	tell(t, app, "log", "live")
	for i := 1; i < many; i++ {
		c.hearLarge(i)
	}
	if a := c.hearAnswer(); a.Subscribed == nil || !*a.Subscribed.Recovered {
		t.Fatalf("heard %+v", a)
	}
	if a := c.hearAnswer(); a.Message == nil || string(a.Message.Message) != `"live"` {
		t.Fatalf("heard %+v", a)
	}
}

// catchUp subscribes after a position, and hears the first large message. It asks again
// while Redis takes too long to send that many, as on a busy machine.
func (c *client) catchUp(channel, position string) {
	c.t.Helper()
	for {
		c.say(`{"messageType":"subscribe","channel":"` + channel + `","after":"` + position + `","messageId":1}`)
		a := c.hearAnswer()
		if a.Error != nil && a.Error.Type == "CONNECTION_SERVER_ERROR" {
			continue
		}
		c.isLarge(a, 0)
		return
	}
}

func (c *client) hearLarge(i int) {
	c.t.Helper()
	c.isLarge(c.hearAnswer(), i)
}

func (c *client) isLarge(a answer, i int) {
	c.t.Helper()
	if a.Message == nil || string(a.Message.Message) != `"`+large(i)+`"` {
		text, _ := json.Marshal(a)
		c.t.Fatalf("message %d is another: %.200s", i, text)
	}
}

// TestTooMuchMeanwhile: a client that reads its missed messages too slowly is cut off
// when too much waits behind them.
func TestTooMuchMeanwhile(t *testing.T) {
	app := startLarge(t)
	position := fill(t, app, "log", 400)
	c := dial(t, app)
	c.catchUp("log", position)
	for i := range 10 {
		tell(t, app, "log", large(i))
	}
	c.ends(websocket.StatusPolicyViolation)
}

// TestRightsEndDuringMissedMessages: they end with the session too.
func TestRightsEndDuringMissedMessages(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	app := startLarge(t)
	const many = 400
	position := fill(t, app, "log:members", many)
	cookie := logIn(t, app)
	c := dial(t, app, "Cookie", cookie)
	c.catchUp("log:members", position)
	logOut(t, app, cookie)
	eventually.Nil(t, func() error {
		members, err := app.Channels.Members(t.Context(), "log:members")
		if err == nil && len(members) > 0 {
			err = fmt.Errorf("there still is %s", members)
		}
		return err
	})
	heard, ended, failed := 1, false, false
	for !ended || !failed {
		switch a := c.hearAnswer(); {
		case a.Message != nil:
			heard++
		case a.Unsubscribed != nil:
			ended = true
		case a.Error != nil:
			failed = strings.Contains(a.Error.Message, "The subscription has ended")
		default:
			t.Fatalf("heard %+v", a)
		}
	}
	if heard == many {
		t.Error("all messages were sent")
	}
}
