package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"
)

const password = "mushroom1"

// client is a caller that keeps the session's cookie, like a browser.
type client struct {
	t      *testing.T
	url    string // of the node
	cookie string // "__session=…", or "" without one
}

func newClient(t *testing.T, app *keryxtest.App) *client { return &client{t: t, url: app.URL} }

// with returns the same caller with another cookie.
func (c *client) with(cookie string) *client { return &client{t: c.t, url: c.url, cookie: cookie} }

// at returns the same caller at another node.
func (c *client) at(url string) *client { return &client{t: c.t, url: url, cookie: c.cookie} }

// user signs a new user up, and returns its signed-in client.
func user(t *testing.T, app *keryxtest.App, name string) *client {
	t.Helper()
	c := newClient(t, app)
	want(t, c.send("PUT", "/user", m{"name": name, "email": email(name), "password": password}), http.StatusOK, `"name":"`+name+`"`)
	c.signIn(name)
	return c
}

func email(name string) string { return strings.ToLower(name) + "@example.com" }

func (c *client) signIn(name string) {
	c.t.Helper()
	want(c.t, c.send("PUT", "/session", m{"email": email(name), "password": password}), http.StatusOK, `"userId":`)
}

// m is the parameters of an action.
type m map[string]any

func (c *client) get(path string) keryxtest.Response {
	c.t.Helper()
	return c.send("GET", path, nil)
}

// send runs the action at a path, and keeps the cookie of the answer.
func (c *client) send(method, path string, params m) keryxtest.Response {
	c.t.Helper()
	var body bytes.Buffer
	if params != nil {
		if err := json.NewEncoder(&body).Encode(params); err != nil {
			c.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+"/api"+path, &body)
	if err != nil {
		c.t.Fatal(err)
	}
	if params != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.cookie != "" {
		r.Header.Set("Cookie", c.cookie)
	}
	response := do(c.t, r)
	for _, set := range (&http.Response{Header: response.Header}).Cookies() {
		if c.cookie = set.Name + "=" + set.Value; set.MaxAge < 0 {
			c.cookie = ""
		}
	}
	return response
}

// do sends a request over a connection of its own.
func do(t *testing.T, r *http.Request) keryxtest.Response {
	t.Helper()
	r.Close = true
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return keryxtest.Response{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

func decode(t *testing.T, r keryxtest.Response, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.Body), into); err != nil {
		t.Fatalf("%v: %s", err, r.Body)
	}
}

// write writes a message the way a page does, with the CSRF token.
func (c *client) write(body string) keryxtest.Response {
	c.t.Helper()
	return c.send("PUT", "/message", m{"body": body, "csrfToken": c.token()})
}

func (c *client) token() string {
	c.t.Helper()
	var out tokenOutput
	decode(c.t, c.get("/csrf-token"), &out)
	return out.Token
}

// want fails the test when an answer is another than expected.
func want(t *testing.T, r keryxtest.Response, status int, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if r.Status != status || !strings.Contains(r.Body, part) {
			t.Errorf("got %d %s, want %d and %s", r.Status, r.Body, status, part)
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
