package keryx_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/keryxtest"
	"github.com/keryx-go/keryx/ratelimit"
)

// TestGuessedTokensAreLimited: a limit on all actions counts the tokens that are refused.
func TestGuessedTokensAreLimited(t *testing.T) {
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		o.Authenticators = []auth.Authenticator{auth.Bearer(func(_ context.Context, token string) (*auth.Identity, error) {
			if token != "good" {
				return nil, nil
			}
			return &auth.Identity{Subject: "7"}, nil
		})}
		api := keryx.New(o)
		api.Actions.Use(api.RateLimit.Middleware(ratelimit.Rule{Limit: 3, Prefix: "all"}))
		keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello")}, func(context.Context, struct{}) (string, error) { return "hello", nil })
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true})
	ask := func(token string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app.URL+"/api/hello", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		return app.Do(r).Status
	}
	for i, want := range []int{401, 401, 401, 429} {
		if got := ask("bad"); got != want {
			t.Errorf("guess %d: %d, want %d", i, got, want)
		}
	}
	if got := ask("good"); got != 200 {
		t.Errorf("a good token is answered with %d", got)
	}
}
