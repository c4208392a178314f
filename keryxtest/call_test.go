package keryxtest_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/keryxtest"
)

// TestCall sends what Go has, by every caller, and gets the same back.
func TestCall(t *testing.T) {
	b, app := startBoard(t, nil)
	c := app.Client()
	half := 0.5
	show := showInput{
		ID: "a/b?c d%", Path: "docs/ö & more.txt", Tags: []string{"x", "y&z"}, Since: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
		At: time.Date(2026, 7, 1, 12, 30, 0, 5, time.UTC), Wait: 90 * time.Second, Ratio: &half, Fast: true, Count: 9,
	}
	echo := echoInput{Name: "Ada", Wait: time.Minute, Note: keryx.Optional[string]{}, Inner: map[string]time.Duration{"a": time.Second}}
	for name, caller := range map[string]keryxtest.Caller{"http": c, "websocket": c.Dial()} {
		t.Run(name, func(t *testing.T) {
			if got := keryxtest.Call(caller, b.show, show); !reflect.DeepEqual(got, show) {
				t.Errorf("got %+v, want %+v", got, show)
			}
			least := showInput{ID: "..x", Path: "x"}
			if got := keryxtest.Call(caller, b.show, least); !reflect.DeepEqual(got, least) {
				t.Errorf("got %+v, want %+v", got, least)
			}
			if got := keryxtest.Call(caller, b.echo, echo); got.Name != "Ada" {
				t.Errorf("got %+v", got)
			}
			hook := hookInput{ID: "a", Query: 5, Sign: "s", Crumb: "c", Body: []byte("\x00{")}
			if got := keryxtest.Call(caller, b.hook, hook); !reflect.DeepEqual(got, hook) {
				t.Errorf("got %+v, want %+v", got, hook)
			}
			list := listInput{[]time.Duration{time.Second, time.Hour}}
			if got := keryxtest.Call(caller, b.list, list); !reflect.DeepEqual(got, list) {
				t.Errorf("got %+v, want %+v", got, list)
			}
			e := keryxtest.CallError(caller, b.show, showInput{ID: "x", Path: "x", Count: 10}, keryx.ConnectionActionParamRequired)
			if e.Key != "count" {
				t.Errorf("got %+v", e)
			}
			keryxtest.CallError(caller, b.secret, struct{}{}, keryx.ConnectionSessionNotFound)
		})
	}
	got := keryxtest.Call(c, b.upload, uploadInput{Name: "Ada", Sizes: []int{1, 2}, File: keryxtest.File("a", "text/plain", "hello")})
	if got.Content != "hello" || len(got.Sizes) != 2 || got.Type != "text/plain" {
		t.Errorf("got %+v", got)
	}
	if got := keryxtest.Call(c, b.put, putInput{"a", keryxtest.File("x", "text/plain", "hello")}); got != "a text/plain hello" {
		t.Errorf("got %q", got)
	}
	c.SignIn(account{7})
	if got := keryxtest.Call(c, b.secret, struct{}{}); got != "7" {
		t.Errorf("it is %s", got)
	}
}

func TestCallsThatFail(t *testing.T) {
	b, app := startBoard(t, nil)
	wantFailure(t, func(tb testing.TB) { keryxtest.Call(app.In(tb).Client(), b.secret, struct{}{}) }, "DELETE /api/secret: 401", "CONNECTION_SESSION_NOT_FOUND")
	wantFailure(t, func(tb testing.TB) {
		keryxtest.CallError(app.In(tb).Client(), b.who, struct{}{}, keryx.ConnectionNotFound)
	}, "want the error CONNECTION_NOT_FOUND", `GET /api/who: 200 OK`)
	wantFailure(t, func(tb testing.TB) { keryxtest.Call(app.In(tb).Client(), b.show, showInput{}) }, "show: id cannot be part of a path")
	wantFailure(t, func(tb testing.TB) { keryxtest.Call(app.In(tb).Client().Dial(), b.secret, struct{}{}) }, "want a result", "CONNECTION_SESSION_NOT_FOUND")
}

// TestAs runs actions as a user, by their name and by reference.
func TestAs(t *testing.T) {
	b, app := startBoard(t, nil)
	ada := app.As(&auth.Identity{Subject: "7", AllScopes: true})
	if got, err := b.secret.Act(ada, struct{}{}); got != "7" || err != nil {
		t.Errorf("by reference: %q, %v", got, err)
	}
	if got, err := app.Act(ada, "secret", nil); got != "7" || err != nil {
		t.Errorf("by name: %q, %v", got, err)
	}
	if _, err := app.Act(t.Context(), "secret", nil); err == nil {
		t.Error("anybody may")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	_, app := startBoard(t, nil)
	if r := app.Get("/api/moved").Expect(http.StatusFound); r.Header.Get("Location") != "/elsewhere" {
		t.Errorf("%s: %v", r, r.Header)
	}
}
