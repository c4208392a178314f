package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
)

func TestSessions(t *testing.T) {
	app := start(t)
	ada := signUp(app, "ada")
	if user := keryxtest.Decode[User](ada.Get("/api/users/me")); user.Email != "ada@example.com" || user.Role != "user" {
		t.Errorf("%+v", user)
	}
	if r := app.Client().Post("/api/users", newUser{"Bob", "Bob@Example.com", password}).Expect(201); r.Header.Get("Location") != "users/me" {
		t.Error(r)
	}
	app.Client().Post("/api/users", newUser{"Other", "ADA@example.com", password}).Error(keryx.ConnectionConflict)
	ada.Delete("/api/session").Expect(http.StatusNoContent)
	ada.Get("/api/users/me").Error(keryx.ConnectionSessionNotFound)
	for email, pass := range map[string]string{"ada@example.com": "wrong horse", "nobody@example.com": password} {
		e := ada.Post("/api/session", signIn{email, pass}).Error(keryx.ConnectionSessionNotFound)
		if e.Status != http.StatusUnauthorized || e.Message != "The e-mail address or the password is wrong" {
			t.Errorf("%s: %d %s", email, e.Status, e.Message)
		}
	}
	ada.Post("/api/session", signIn{"Ada@example.com", password}).Expect(http.StatusOK)
	ada.Get("/api/users/me").Expect(http.StatusOK)
}

// TestGuesses are counted by account: another one may still sign in from the address.
func TestGuesses(t *testing.T) {
	t.Parallel()
	app := keryxtest.Start(t, newApp, options(map[string]string{"RATE_LIMIT_ENABLED": "true"}))
	signUp(app, "ada")
	for range 5 {
		app.Client().Post("/api/session", signIn{"nobody@example.com", "wrong horse"}).Error(keryx.ConnectionSessionNotFound)
	}
	r := app.Client().Post("/api/session", signIn{"Nobody@example.com", "wrong horse"})
	if r.Error(keryx.ConnectionRateLimited); r.Header.Get("Retry-After") == "" {
		t.Error(r)
	}
	app.Client().Post("/api/session", signIn{"ada@example.com", password}).Expect(http.StatusOK)
}

func TestKeys(t *testing.T) {
	app := start(t)
	o := open(app)
	key := keryxtest.Decode[Key](o.member.Post("/api/keys", newKey{"door", []string{"bookings:read"}}).Expect(201))
	if list := o.member.Get("/api/keys").Expect(200); strings.Contains(list.Body, key.Token) || !strings.Contains(list.Body, `"door"`) {
		t.Error(list)
	}
	robot := app.Client().Bearer(key.Token)
	robot.Get(o.org + "/rooms").Expect(http.StatusOK)
	robot.Post(o.room+"/bookings", meeting(9, 10)).Error(keryx.ConnectionForbidden)
	robot.Post("/api/keys", newKey{"another", []string{"bookings:read"}}).Error(keryx.ConnectionForbidden)
	robot.Dial().Subscribe("org:1:room:1")

	o.owner.Delete("/api/keys/" + text(key.ID)).Error(keryx.ConnectionNotFound)
	o.member.Delete("/api/keys/" + text(key.ID)).Expect(http.StatusNoContent)
	if r := robot.Get(o.org + "/rooms").Expect(http.StatusUnauthorized); !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Bearer") {
		t.Error(r)
	}
	o.member.Post("/api/keys", newKey{"all", []string{"account"}}).Expect(422)
}

func TestRoles(t *testing.T) {
	app := start(t)
	o := open(app)
	eve := signUp(app, "eve")
	newName := map[string]any{"name": "Attic", "capacity": 2}
	for path, body := range map[string]any{"/rooms": newName, "/members": map[string]string{"email": "eve@example.com"}} {
		app.Client().Post(o.org+path, body).Error(keryx.ConnectionSessionNotFound)
		eve.Post(o.org+path, body).Error(keryx.ConnectionNotFound)
		o.member.Post(o.org+path, body).Error(keryx.ConnectionForbidden)
	}
	app.Client().Post(o.org+"/rooms", "not even an object").Error(keryx.ConnectionSessionNotFound) // before the input is read
	o.owner.Post(o.org+"/members", map[string]string{"email": "mia@example.com"}).Error(keryx.ConnectionConflict)
	o.owner.Post(o.org+"/members", map[string]string{"email": "nobody@example.com"}).Error(keryx.ConnectionNotFound)

	if orgs := keryxtest.Decode[[]Org](o.member.Get("/api/orgs")); len(orgs) != 1 || orgs[0].Name != "Office" {
		t.Error(orgs)
	}
	if orgs := eve.Get("/api/orgs"); orgs.Body != "[]" {
		t.Error(orgs)
	}
	members := keryxtest.Decode[[]Member](o.member.Get(o.org + "/members"))
	if len(members) != 2 || members[0].Role != "owner" || members[1].Role != "member" {
		t.Errorf("%+v", members)
	}
	socket := o.member.Dial()
	socket.Subscribe("org:1:room:1")
	o.owner.Delete(o.org + "/members/" + text(members[0].UserID)).Error(keryx.ConnectionConflict)
	o.owner.Delete(o.org + "/members/" + text(members[1].UserID)).Expect(http.StatusNoContent)
	if code := socket.Closed(); code != 1008 {
		t.Errorf("closed with %d", code)
	}
	o.member.Get(o.org + "/rooms").Error(keryx.ConnectionNotFound)
}

func TestRooms(t *testing.T) {
	app := start(t)
	o := open(app)
	r := o.owner.Post(o.org+"/rooms", map[string]any{"name": "Attic", "capacity": 2}).Expect(201)
	attic := o.org + "/" + r.Header.Get("Location")
	o.owner.Put(attic, map[string]any{"name": "Loft", "capacity": 3}).Expect(200)
	if room := keryxtest.Decode[Room](o.member.Get(attic)); room.Name != "Loft" || room.Capacity != 3 {
		t.Errorf("%+v", room)
	}
	e := o.owner.Post(o.org+"/rooms", map[string]any{"name": "", "capacity": 0}).Error(keryx.ConnectionActionParamRequired)
	if e.Status != 422 || len(e.Errors) != 2 {
		t.Errorf("%d %v", e.Status, e.Errors)
	}

	png := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100)
	o.member.Get(attic + "/photo").Error(keryx.ConnectionNotFound)
	for _, body := range []string{png, png + "y"} {
		o.owner.Put(attic+"/photo", keryxtest.Raw{ContentType: "image/png", Body: body}).Expect(http.StatusNoContent)
	}
	if r := o.member.Get(attic + "/photo").Expect(200); r.Body != png+"y" || r.Header.Get("Content-Type") != "image/png" {
		t.Error(r)
	}
	o.owner.Put(attic+"/photo", keryxtest.Raw{ContentType: "image/png", Body: "<script>"}).Error(keryx.ConnectionActionParamRequired)
	o.owner.Put(attic+"/photo", keryxtest.Raw{ContentType: "text/html", Body: png}).Expect(422)
	o.member.Put(attic+"/photo", keryxtest.Raw{ContentType: "image/png", Body: png}).Error(keryx.ConnectionForbidden)

	o.owner.Delete(attic).Expect(http.StatusNoContent)
	o.member.Get(attic).Error(keryx.ConnectionNotFound)

	changes := keryxtest.Decode[page[Change]](o.owner.Get(o.org + "/audit?limit=3"))
	if len(changes.Items) != 3 || changes.Items[0].Action != "room:delete" || changes.Pagination.Total != 7 {
		t.Errorf("%+v", changes)
	}
	o.member.Get(o.org + "/audit").Error(keryx.ConnectionForbidden)
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	var out, log bytes.Buffer
	database := "DATABASE_URL=sqlite://" + t.TempDir() + "/bookings.db"
	run := func(args ...string) (int, string) {
		out.Reset()
		api := newApp(keryx.Options{Environ: []string{database}, DotEnv: "-", Stdout: &out, Stderr: &log})
		return api.Run(t.Context(), append(args, "-q")), out.String()
	}
	for _, test := range []struct {
		line string
		code int
		want string
	}{
		{"bookings:seed --password correct-horse", 0, `{"id":1,"name":"Demo"}`},
		{"bookings:seed --password correct-horse", 1, "CONNECTION_CONFLICT"},
		{"org:list --as demo@example.com", 0, `[{"id":1,"name":"Demo"}]`},
		{"room:create --as demo@example.com --org 1 --name Library --capacity 8", 0, `"name":"Library"`},
		{"org:list", 1, "CONNECTION_SESSION_NOT_FOUND"},
		{"org:list --as nobody@example.com", 1, "There is no such user"},
	} {
		if code, got := run(strings.Fields(test.line)...); code != test.code || !strings.Contains(got, test.want) {
			t.Errorf("%s: exit code %d, %s %s", test.line, code, got, log.String())
		}
	}
}
