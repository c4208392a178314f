package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"
)

const password = "mushroom1"

// m is the parameters of an action.
type m map[string]any

// user signs a new user up, and returns its signed-in client.
func user(t *testing.T, app *keryxtest.App, name string) *keryxtest.Client {
	t.Helper()
	c := app.Client()
	want(t, c.Put("/api/user", m{"name": name, "email": email(name), "password": password}), http.StatusOK, `"name":"`+name+`"`)
	signIn(c, name)
	return c
}

func email(name string) string { return strings.ToLower(name) + "@example.com" }

func signIn(c *keryxtest.Client, name string) {
	c.Put("/api/session", m{"email": email(name), "password": password}).Expect(http.StatusOK)
}

// sessionID returns the client's cookie.
func sessionID(c *keryxtest.Client) string { return c.Cookie("__session") }

// with returns a client with a cookie that it was not given.
func with(app *keryxtest.App, cookie string) *keryxtest.Client {
	c := app.Client()
	c.SetCookie("__session", cookie)
	return c
}

// write writes a message the way a page does, with the CSRF token.
func write(c *keryxtest.Client, body string) keryxtest.Response {
	return c.Put("/api/message", m{"body": body, "csrfToken": csrfToken(c)})
}

func csrfToken(c *keryxtest.Client) string {
	return keryxtest.Decode[tokenOutput](c.Get("/api/csrf-token")).Token
}

// id returns the user's own id, which is its presence key.
func id(c *keryxtest.Client) string {
	return fmt.Sprint(keryxtest.Decode[ownUserOutput](c.Post("/api/user", m{})).User.ID)
}

// members returns the presence keys of the room, sorted.
func members(c *keryxtest.Client) []string {
	return slices.Sorted(slices.Values(keryxtest.Decode[membersOutput](c.Get("/api/channel/" + roomName + "/members")).Members))
}

// subscribe returns the reply to a subscription that is refused.
func subscribe(s *keryxtest.Socket, channel string) keryxtest.Message {
	return s.Ask(m{"messageType": "subscribe", "channel": channel})
}

// heard waits for a broadcast whose payload contains a text.
func heard(s *keryxtest.Socket, part string) keryxtest.Message {
	return s.Await(func(m keryxtest.Message) bool { return strings.Contains(string(m.Payload), part) })
}

// want fails the test when an answer is another than expected.
func want(t *testing.T, r keryxtest.Response, status int, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if r.Status != status || !strings.Contains(r.Body, part) {
			t.Errorf("got %s, want %d and %s", r, status, part)
		}
	}
}

// wantFrame fails the test when a message lacks something.
func wantFrame(t *testing.T, m keryxtest.Message, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(m.Raw, part) {
			t.Errorf("got %s, want %s", m, part)
		}
	}
}

// refused is an error as a client gets it.
func refused(errorType, message string) string {
	return fmt.Sprintf(`"message":%q,"type":%q`, message, errorType)
}

const (
	noSession = `"message":"Session not found","type":"CONNECTION_SESSION_NOT_FOUND"`
	tooShort  = "This field is required and must be at least 3 characters long"
	param     = "CONNECTION_ACTION_PARAM_REQUIRED"
)
