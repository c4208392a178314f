package keryx_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/session"
)

func TestAs(t *testing.T) {
	resolve := func(ctx context.Context, as string) (*auth.Identity, error) {
		switch as {
		case "ada@example.com":
			return &auth.Identity{Subject: "1", Roles: []string{"staff"}}, nil
		case "tool":
			return &auth.Identity{Subject: "2", Scopes: []string{"read"}, Via: "key"}, nil
		case "broken":
			return nil, keryx.Conflict("ambiguous")
		case "empty":
			return &auth.Identity{}, nil
		}
		return nil, nil
	}
	for _, test := range []struct {
		args     string
		env      []string
		resolve  func(context.Context, string) (*auth.Identity, error)
		code     int
		out, err string
	}{
		{args: "who", code: 1, out: "Session not found"},
		{args: "who --as 7", out: `"7 [] [] true cli false"`, err: "as=7"},
		{args: "who --as user:7 --as-role staff --as-role owner", out: `"user:7 [staff owner] [] true cli false"`},
		{args: "who --as 7 --as-scope a --as-scope b,c", out: `"7 [] [a b,c] false cli false"`},
		{args: "who --as 7", env: []string{"KERYX_ENV=development"}, out: `"7 `},
		{args: "who --as 7", env: []string{"KERYX_ENV=production"}, code: 1, err: "CLI_ALLOW_AS=true"},
		{args: "who --as 7", env: []string{"KERYX_ENV=staging"}, code: 1, err: "CLI_ALLOW_AS=true"},
		{args: "who --as 7", env: []string{"KERYX_ENV=staging", "CLI_ALLOW_AS=true"}, out: `"7 `},
		{args: "who --as 7", env: []string{"KERYX_ENV=staging", "CLI_ALLOW_AS=false"}, resolve: resolve, code: 1, err: "CLI_ALLOW_AS=true"},
		{args: "who --as ada@example.com", resolve: resolve, out: `"1 [staff] [] false cli false"`, err: "as=1"},
		{args: "who --as ada@example.com --as-role owner", resolve: resolve, out: `"1 [owner] [] false cli false"`},
		{args: "who --as tool", resolve: resolve, out: `"2 [] [read] false key false"`},
		{args: "who --as nobody", resolve: resolve, code: 1, out: "--as nobody: there is no such user"},
		{args: "who --as empty", resolve: resolve, code: 1, out: "--as empty: there is no such user"},
		{args: "who --as broken", resolve: resolve, code: 1, out: "ambiguous"},
		{args: "who --as=", code: 2, err: "--as needs the user to run the action as"},
		{args: "who --as-role staff", code: 2, err: "--as needs the user to run the action as"},
		{args: "who --as-scope x", code: 2, err: "--as needs the user to run the action as"},
		{args: "odd --as 7 --input-as x --role y", out: `"x y"`},
		{args: "who --help", out: "--as user"},
	} {
		t.Run(strings.Join(append(test.env, test.args), " "), func(t *testing.T) {
			o := options(append([]string{"LOG_FORMAT=text", "LOG_COLORIZE=false"}, test.env...)...)
			if strings.Contains(strings.Join(test.env, " "), "production") {
				o.Environ = append(o.Environ, "REDIS_URL=redis://127.0.0.1:1")
			}
			o.CLIIdentity = test.resolve
			api := keryx.New(o)
			keryx.Handle(api, keryx.Action{Name: "who", Middleware: []keryx.Middleware{auth.Require}},
				func(ctx context.Context, _ struct{}) (string, error) {
					i, err := auth.From(ctx)
					if err != nil {
						return "", err
					}
					_, found, err := session.Data[map[string]any](ctx)
					return fmt.Sprint(i.Subject, " ", i.Roles, " ", i.Scopes, " ", i.AllScopes, " ", i.Via, " ", found), err
				})
			keryx.Handle(api, keryx.Action{Name: "odd"}, func(_ context.Context, in struct {
				As   string `json:"as"`
				Role string `json:"role"`
			}) (string, error) {
				return in.As + " " + in.Role, nil
			})
			code := api.Run(t.Context(), strings.Fields(test.args))
			out, err := o.Stdout.(*bytes.Buffer).String(), o.Stderr.(*bytes.Buffer).String()
			if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(err, test.err) {
				t.Errorf("exit status %d, %s\n%s", code, out, err)
			}
		})
	}
}
