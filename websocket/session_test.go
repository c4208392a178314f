package websocket_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestASocketThatLogsIn keeps its session for the messages that follow, and
// nobody else has it.
func TestASocketThatLogsIn(t *testing.T) {
	app := start(t, newHeld(), nil)
	c, other := dial(t, app), dial(t, app)
	c.ask(call("who", nil), `{"userId":0}`)
	if n := app.Redis.Client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("an anonymous socket has left %d keys", n)
	}
	c.ask(call("log-in", account{7}), `{"userId":7}`)
	c.ask(call("who", nil), `{"userId":7}`)
	other.ask(call("who", nil), `{"userId":0}`)

	keys := app.Redis.Client.Keys(t.Context(), "session:*").Val()
	if len(keys) != 1 {
		t.Fatalf("the keys are %v", keys)
	}
	cookie := "__session=" + strings.TrimPrefix(keys[0], "session:")
	dial(t, app, "Cookie", cookie).ask(call("who", nil), `{"userId":7}`)
	if err := app.Redis.Client.Del(t.Context(), keys[0]).Err(); err != nil { // logged out elsewhere
		t.Fatal(err)
	}
	c.ask(call("who", nil), `{"userId":0}`)
}

// TestAForeignPageHasNoSession: where all origins may connect, the cookie that the
// browser adds is not heeded for pages of others.
func TestAForeignPageHasNoSession(t *testing.T) {
	app := start(t, newHeld(), map[string]string{"WS_ALLOWED_ORIGINS": "*"})
	dial(t, app).ask(call("log-in", account{7}), `{"userId":7}`)
	cookie := "__session=" + strings.TrimPrefix(app.Redis.Client.Keys(t.Context(), "session:*").Val()[0], "session:")
	for origin, want := range map[string]string{
		"https://evil.example": `{"userId":0}`,
		app.URL:                `{"userId":7}`,
		strings.Replace(app.URL, "http", "https", 1):  `{"userId":7}`, // behind a proxy that ends TLS
		strings.Replace(app.URL, "127.0.0.1", "a", 1): `{"userId":0}`,
		strings.Replace(app.URL, "http", "app", 1):    `{"userId":0}`, // of an app or an extension, at the same host
		"null": `{"userId":0}`,
	} {
		dial(t, app, "Cookie", cookie, "Origin", origin).ask(call("who", nil), want)
	}
}

// TestHostileSessionIDs are taken for none, and reach nothing.
func TestHostileSessionIDs(t *testing.T) {
	app := start(t, newHeld(), nil)
	for _, cookie := range []string{
		"__session=guessed", "__session=" + strings.Repeat("A", 26), "__session=" + strings.Repeat("x", 30_000),
		"__session=../../etc/passwd", "__session=*; __session=?", `__session="; a=b`, "__session",
	} {
		c := dial(t, app, "Cookie", cookie)
		c.ask(call("who", nil), `{"userId":0}`)
		response, err := http.Get(app.URL + "/api/who")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.Header.Get("Set-Cookie") != "" {
			t.Error("a cookie is set")
		}
	}
	if n := app.Redis.Client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}
