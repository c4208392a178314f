package websocket_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

// leavers is the app of guarded, whose users end their sessions and sockets.
func leavers(release <-chan struct{}) func(keryx.Options) *keryx.API {
	return func(o keryx.Options) *keryx.API {
		api := guarded(time.Time{})(o)
		keryx.Handle(api, keryx.Action{Name: "leave", Only: sockets}, func(ctx context.Context, _ struct{}) (int, error) {
			n, err := api.Sessions.EndAll(ctx, "7")
			if err != nil {
				return 0, err
			}
			return n, api.WebSocket.Disconnect(ctx, "7")
		})
		keryx.Handle(api, keryx.Action{Name: "hang", Only: sockets}, func(ctx context.Context, _ struct{}) (string, error) {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return "", context.Cause(ctx)
		})
		return api
	}
}

// TestDisconnect has two nodes: all sockets of a user end, on both, whether they have
// done anything, hang, have logged in themselves, or rest on a session that has ended.
func TestDisconnect(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	defer http.DefaultClient.CloseIdleConnections()
	redistest.Each(t, func(t *testing.T, url string) {
		release := make(chan struct{})
		defer close(release)
		o := keryxtest.Options{NoDatabase: true, Env: map[string]string{"REDIS_URL": url, "LOG_LEVEL": "warn"}}
		one, two := keryxtest.Start(t, leavers(release), o), keryxtest.Start(t, leavers(release), o)
		var going, staying []*client
		for _, app := range []*keryxtest.App{one, two} {
			cookie := logIn(t, one)
			idle, busy, late := dial(t, app, "Cookie", cookie), dial(t, app, "Cookie", cookie), dial(t, app)
			busy.say(`{"messageType":"action","action":"hang"}`)
			late.ask(`{"messageType":"action","action":"log-in","params":{"userId":7}}`, `"userId":7`)
			gone := logIn(t, one)
			ended := dial(t, app, "Cookie", gone)
			logOut(t, one, gone)
			going = append(going, idle, busy, late, ended)

			other := dial(t, app)
			other.ask(`{"messageType":"action","action":"log-in","params":{"userId":77}}`, `"userId":77`)
			staying = append(staying, other, dial(t, app), dial(t, app, "Authorization", "Bearer good"))
		}
		leaver := dial(t, two, "Cookie", logIn(t, one))
		leaver.say(`{"messageType":"action","action":"leave","messageId":1}`)
		leaver.hearAbout(`{"messageId":1,"response":5}`) // answered before it is closed
		for _, c := range append(going, leaver) {
			c.ends(websocket.StatusPolicyViolation)
		}
		for _, c := range staying {
			c.ask(`{"messageType":"action","action":"nothing"}`, "CONNECTION_ACTION_NOT_FOUND")
		}
		if err := one.WebSocket.Disconnect(t.Context(), "robot"); err != nil {
			t.Fatal(err)
		}
		for i, c := range staying {
			if i%3 == 2 {
				c.ends(websocket.StatusPolicyViolation)
			} else {
				c.ask(`{"messageType":"action","action":"nothing"}`, "CONNECTION_ACTION_NOT_FOUND")
			}
		}
		if left, err := one.Sessions.Of(t.Context(), "7"); err != nil || len(left) > 0 {
			t.Errorf("%d sessions are left, %v", len(left), err)
		}
		// What comes after it stays, also on a node that starts again.
		if err := two.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		fresh := dial(t, one, "Cookie", logIn(t, one))
		if err := two.WebSocket.Disconnect(t.Context(), ""); err != nil {
			t.Error(err)
		}
		fresh.ask(`{"messageType":"action","action":"me"}`, `"7"`)
	})
}
