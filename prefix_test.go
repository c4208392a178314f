package keryx_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/csrf"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/keryxtest"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/session"
	"github.com/keryx-go/keryx/websocket"
)

// shop uses everything that the framework keeps in Redis.
func shop(o keryx.Options) *keryx.API {
	api := keryx.New(o)
	keryx.Handle(api, keryx.Action{Name: "login", Web: keryx.POST("/login")}, func(ctx context.Context, in struct{ ID int }) (string, error) {
		return "in", session.Update(ctx, func(a *struct{ UserID int }) error { a.UserID = in.ID; return nil })
	})
	keryx.Handle(api, keryx.Action{Name: "token", Web: keryx.GET("/token")}, func(ctx context.Context, _ struct{}) (string, error) {
		return api.CSRF.Token(ctx)
	})
	keryx.Handle(api.Group(auth.Require, api.RateLimit.Middleware(ratelimit.Rule{}), api.CSRF.Require),
		keryx.Action{Name: "buy", Web: keryx.POST("/buy")}, func(ctx context.Context, _ csrf.Input) (string, error) {
			return cache.Fetch(ctx, api.Redis.Client, api.Redis.Key("offer"), time.Minute, func(context.Context) (string, error) { return "bought", nil })
		})
	for name, h := range map[string]channel.History{"plain": {}, "kept": channel.Last(5, time.Hour)} {
		api.Channels.Handle(channel.Channel{Name: name, History: h})
	}
	return api
}

// TestPrefix: two apps with prefixes share a Redis that lets each use the names with its
// own prefix and no others.
func TestPrefix(t *testing.T) {
	acl := func(app string) []string {
		return []string{"--user", app, "on", ">password", "~" + app + ":*", "&" + app + ":*", "+@all"}
	}
	server := redistest.Start(t, append(acl("shop"), acl("blog")...)...)
	all := map[string]*keryxtest.App{}
	for _, app := range []string{"shop", "blog"} {
		all[app] = keryxtest.Start(t, shop, keryxtest.Options{NoDatabase: true, Env: map[string]string{
			"REDIS_URL": "redis://" + app + ":password@" + server.Addr(), "REDIS_KEY_PREFIX": app + ":",
		}})
	}
	sockets := map[string]*keryxtest.Socket{}
	for name, app := range all {
		ada := app.Client()
		ada.Post("/api/login", map[string]any{"ID": 7}).Expect(200)
		token := keryxtest.Decode[string](ada.Get("/api/token"))
		if got := keryxtest.Decode[string](ada.Post("/api/buy", map[string]any{"csrfToken": token})); got != "bought" {
			t.Errorf("%s: %q", name, got)
		}
		if ids, err := app.Sessions.IDs(t.Context(), "7"); err != nil || len(ids) != 1 {
			t.Errorf("%s: sessions %v, %v", name, ids, err)
		}
		sockets[name] = ada.Dial()
		for _, channel := range []string{"plain", "kept"} {
			sockets[name].Subscribe(channel)
		}
	}
	for name, app := range all {
		for _, channel := range []string{"plain", "kept"} {
			if err := app.Channels.Broadcast(t.Context(), channel, name, ""); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got := keryxtest.Decode[string](sockets[name].Broadcast(channel)); got != name {
				t.Errorf("%s hears %q in %s", name, got, channel)
			}
			if members, err := app.Channels.Members(t.Context(), channel); err != nil || len(members) != 1 {
				t.Errorf("%s: members %v, %v", name, members, err)
			}
		}
	}
	if err := all["shop"].WebSocket.Disconnect(t.Context(), websocket.Subject("7")); err != nil {
		t.Error(err)
	}
	sockets["shop"].Closed()
	sockets["blog"].Subscribe("plain") // again: it is still there

	for _, key := range server.Client().Keys(t.Context(), "*").Val() {
		if !strings.HasPrefix(key, "shop:") && !strings.HasPrefix(key, "blog:") {
			t.Errorf("a key without a prefix: %s", key)
		}
	}
}
