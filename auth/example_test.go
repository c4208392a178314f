package auth_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"

	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/doctest"
	_ "github.com/keryx-go/keryx/redis/embedded"
)

func TestPage(t *testing.T) {
	if err := doctest.Snippets("../docs/auth.md", ".", "../internal/pages"); err != nil {
		t.Error(err)
	}
}

// store has the hashes of API keys.
type store map[[32]byte]*auth.Identity

func (s store) find(_ context.Context, hash [32]byte) (*auth.Identity, error) { return s[hash], nil }

var database = store{sha256.Sum256([]byte("k-123")): {Subject: "shop", Scopes: []string{"orders:read"}}}

func options() keryx.Options {
	return keryx.Options{Environ: []string{"REDIS_URL=embedded://", "DATABASE_URL="}, DotEnv: "-"}
}

func Example() {
	o := options()
	o.Authenticators = []auth.Authenticator{
		auth.Bearer(func(ctx context.Context, token string) (*auth.Identity, error) {
			return database.find(ctx, sha256.Sum256([]byte(token)))
		}),
	}
	api := keryx.New(o)
	members := api.Group(auth.Require)
	keryx.Handle(members, keryx.Action{Name: "order:list", Web: keryx.GET("/orders")}, func(ctx context.Context, _ struct{}) (string, error) {
		return "orders of " + auth.Caller(ctx).Subject, nil
	})
	writers := members.Group(auth.RequireScope("orders:write"))
	keryx.Handle(writers, keryx.Action{Name: "order:create", Web: keryx.POST("/orders")}, func(context.Context, struct{}) (string, error) {
		return "created", nil
	})

	ctx := auth.With(context.Background(), &auth.Identity{Subject: "shop", Scopes: []string{"orders:read"}})
	fmt.Println(api.Act(ctx, "order:list", nil))
	fmt.Println(api.Act(ctx, "order:create", nil))
	fmt.Println(api.Act(context.Background(), "order:list", nil))
	// Output:
	// orders of shop <nil>
	// <nil> This needs the scope orders:write
	// <nil> Session not found
}

func ExampleFrom() {
	greet := func(ctx context.Context, _ struct{}) (string, error) {
		who, err := auth.From(ctx)
		if err != nil || who == nil {
			return "hello", err
		}
		return "hello, " + who.Subject, nil
	}
	api := keryx.New(options())
	keryx.Handle(api, keryx.Action{Name: "greet"}, greet)
	fmt.Println(api.Act(context.Background(), "greet", nil))
	fmt.Println(api.Act(auth.With(context.Background(), &auth.Identity{Subject: "ada"}), "greet", nil))
	// Output:
	// hello <nil>
	// hello, ada <nil>
}

func ExampleCaller() {
	api := keryx.New(options())
	api.Channels.Handle(channel.Channel{
		Name:        "orders",
		Guards:      []keryx.Middleware{auth.Require},
		PresenceKey: func(ctx context.Context, _ *channel.Join) (string, error) { return auth.Caller(ctx).Subject, nil },
	})
	api.Web.HandleFunc("GET /export", func(w http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprintln(w, "orders of", auth.Caller(r.Context()).Subject)
		return err
	}, auth.Require)
}

// users are those of an app by their e-mail addresses.
type users map[string]*auth.Identity

func (u users) byEmail(_ context.Context, email string) (*auth.Identity, error) { return u[email], nil }

func ExampleWith_commandLine() {
	members := users{"ada@example.org": {Subject: "7", Roles: []string{"staff"}, AllScopes: true}}
	o := keryx.Options{
		Environ: options().Environ, DotEnv: "-", Stdout: os.Stdout, Stderr: io.Discard,
		CLIIdentity: func(ctx context.Context, as string) (*auth.Identity, error) {
			return members.byEmail(ctx, as)
		},
	}
	api := keryx.New(o)
	keryx.Handle(api.Group(auth.RequireRole("staff")), keryx.Action{Name: "me"}, func(ctx context.Context, _ struct{}) (string, error) {
		who, err := auth.From(ctx)
		if err != nil {
			return "", err
		}
		return who.Subject + " by " + who.Via, nil
	})
	api.Run(context.Background(), []string{"me", "--as", "ada@example.org"})
	// Output: "7 by cli"
}
