package keryx_test

import (
	"context"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/keryxtest"
	"github.com/keryx-go/keryx/session"
)

// Code outside of requests, such as a ticker, runs actions as an anonymous caller, or as
// the one that it names. Nothing of it stays in Redis.
func TestActOutsideOfRequests(t *testing.T) {
	type account struct {
		UserID int `json:"userId"`
	}
	var who, login *keryx.Ref[struct{}, string]
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := keryx.New(o)
		who = keryx.Handle(api, keryx.Action{Name: "who"}, func(ctx context.Context, _ struct{}) (string, error) {
			_, found, err := session.Data[account](ctx)
			if err != nil {
				return "", err
			}
			i, err := auth.From(ctx)
			switch {
			case err != nil:
				return "", err
			case i == nil && found:
				return "anonymous, with a session", nil
			case i == nil:
				return "anonymous", nil
			}
			return i.Subject + " via " + i.Via, session.From(ctx).Destroy(ctx)
		})
		login = keryx.Handle(api, keryx.Action{Name: "login"}, func(ctx context.Context, _ struct{}) (string, error) {
			if err := session.Renew(ctx, func(a *account) error { a.UserID = 7; return nil }); err != nil {
				return "", err
			}
			return who.Act(ctx, struct{}{})
		})
		keryx.Handle(api, keryx.Action{Name: "members", Middleware: []keryx.Middleware{auth.Require}},
			func(context.Context, struct{}) (string, error) { return "in", nil })
		return api
	}, keryxtest.Options{Embedded: true})

	named := auth.With(t.Context(), &auth.Identity{Subject: "3", Via: "ticker"})
	for name, test := range map[string]struct {
		run  func(context.Context) (any, error)
		ctx  context.Context
		want string
	}{
		"by reference": {func(ctx context.Context) (any, error) { return who.Act(ctx, struct{}{}) }, t.Context(), "anonymous"},
		"by name":      {func(ctx context.Context) (any, error) { return app.Act(ctx, "who", nil) }, t.Context(), "anonymous"},
		"named":        {func(ctx context.Context) (any, error) { return app.Act(ctx, "who", nil) }, named, "3 via ticker"},
		"login":        {func(ctx context.Context) (any, error) { return login.Act(ctx, struct{}{}) }, t.Context(), "7 via session"},
		"refused":      {func(ctx context.Context) (any, error) { return app.Act(ctx, "members", nil) }, t.Context(), "CONNECTION_SESSION_NOT_FOUND"},
		"members":      {func(ctx context.Context) (any, error) { return app.Act(ctx, "members", nil) }, named, "in"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.run(test.ctx)
			if f, ok := err.(*keryx.Error); ok {
				got = string(f.Type)
			}
			if got != test.want {
				t.Errorf("got %v, %v, want %s", got, err, test.want)
			}
		})
	}
	keys, err := app.Redis.Client.Keys(t.Context(), "session*").Result()
	if err != nil || len(keys) > 0 {
		t.Errorf("in Redis there are %s, %v", strings.Join(keys, " "), err)
	}
}
