package migrate

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/internal/doctest"
	"github.com/keryx-go/keryx/keryxtest"
	_ "github.com/keryx-go/keryx/redis/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPages(t *testing.T) {
	for _, page := range []string{"from-keryx", "from-others"} {
		if err := doctest.Snippets("../../../docs/"+page+".md", "."); err != nil {
			t.Error(err)
		}
	}
}

// TestWire: the page lists what differs from the wire of Keryx as the change log does.
func TestWire(t *testing.T) {
	changes, err := os.ReadFile("../../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../../docs/from-keryx.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(changes), "### Different from the wire of Keryx, on purpose\n\n")
	list, _, _ = strings.Cut(list, "\n#")
	if list = strings.TrimSpace(list); list == "" || !strings.Contains(string(page), list) {
		t.Errorf("docs/from-keryx.md does not have this list of CHANGELOG.md:\n%s", list)
	}
}

// TestFromKeryx: the code of the page does what it says.
func TestFromKeryx(t *testing.T) {
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		o.Authenticators = []auth.Authenticator{auth.Bearer(func(_ context.Context, token string) (*auth.Identity, error) {
			return &auth.Identity{Subject: token}, nil
		})}
		api := keryx.New(o)
		(&users{api: api}).register()
		hooks(api)
		channels(api)
		keryx.Handle(api, keryx.Action{Name: "user:create", Web: keryx.PUT("/user")}, func(_ context.Context, in signUpInput) (string, error) {
			return in.Email + " " + in.Role, nil
		})
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true})

	app.Client().Get("/api/user/5").Expect(http.StatusUnauthorized)
	ada := app.Client().Bearer("7")
	if r := ada.Get("/api/user/5"); r.Body != `{"user":{"id":5,"name":"Ada"}}` || r.Header.Get("X-RateLimit-Limit") == "" {
		t.Errorf("%d %s %v", r.Status, r.Body, r.Header)
	}
	ada.Get("/api/user/6").Expect(http.StatusNotFound)
	ada.Get("/api/user/0").Expect(http.StatusNotAcceptable)

	sign := map[string]any{"name": "Ada", "email": "ADA@example.org", "password": "correct horse"}
	if r := ada.Put("/api/user", sign); r.Body != `"ada@example.org reader"` {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	sign["password"] = "Ada Lovelace"
	if r := ada.Put("/api/user", sign); r.Status != http.StatusNotAcceptable || !strings.Contains(r.Body, "must not contain the name") {
		t.Errorf("%d %s", r.Status, r.Body)
	}

	s := ada.Dial()
	s.Subscribe("room:hall")
	s.SubscribeError("room:attic", keryx.ConnectionForbidden)
	app.Client().Dial().SubscribeError("room:hall", keryx.ConnectionSessionNotFound)
}
