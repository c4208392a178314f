package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestSessionCreate(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		c := user(t, app, "Mario")
		first := sessionID(c)
		r := c.Put("/api/session", m{"email": "MARIO@example.com", "password": password})
		want(t, r, http.StatusOK, `"user":{"id":2,"name":"Mario","email":"mario@example.com"`, `"cookieName":"__session"`, `"data":{"userId":2}}`)
		var out struct {
			Session struct {
				ID        string `json:"id"`
				CreatedAt int64  `json:"createdAt"`
			} `json:"session"`
		}
		r.Decode(&out)
		if set := r.Header.Get("Set-Cookie"); set != fmt.Sprintf("__session=%s; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict", out.Session.ID) &&
			set != fmt.Sprintf("__session=%s; Max-Age=86400; Path=/; HttpOnly; SameSite=Strict", out.Session.ID) {
			t.Errorf("Set-Cookie is %q", set)
		}
		if sessionID(c) == first {
			t.Error("the session kept its id")
		}
		want(t, with(app, first).Get("/api/user/1"), http.StatusUnauthorized, noSession)
		stored := app.Redis.Client.Get(t.Context(), "session:"+out.Session.ID).Val()
		if !json.Valid([]byte(stored)) || !strings.Contains(stored, `"userId":2`) {
			t.Errorf("Redis has %q", stored)
		}
		if out.Session.CreatedAt == 0 {
			t.Error("the session has no time")
		}
	})
}

func TestSessionCreateRefuses(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		user(t, app, "Mario")
		c := app.Client()
		invalid := refused("CONNECTION_ACTION_RUN", "Invalid email or password")
		want(t, c.Put("/api/session", m{"email": "mario@example.com", "password": "wrongpassword123"}), http.StatusInternalServerError, invalid)
		want(t, c.Put("/api/session", m{"email": "bowser@example.com", "password": "password123"}), http.StatusInternalServerError, invalid)
		want(t, c.Put("/api/session", m{"email": "admin@keryxjs.com", "password": "password123"}), http.StatusInternalServerError, invalid)
		want(t, c.Put("/api/session", m{"email": "foo", "password": "validpassword123"}), http.StatusNotAcceptable, refused(param, "This is not a valid email"))
		want(t, c.Put("/api/session", m{"email": "fo", "password": "validpassword123"}), http.StatusNotAcceptable, refused(param, tooShort))
		if sessionID(c) != "" {
			t.Errorf("there is a cookie: %s", sessionID(c))
		}
		if keys := app.Redis.Client.Keys(t.Context(), "session:*").Val(); len(keys) != 1 { // Mario's
			t.Errorf("Redis has %q", keys)
		}
	})
}

// TestRESTStatuses: what is the client's fault is no failure of the server.
func TestRESTStatuses(t *testing.T) {
	app := keryxtest.Start(t, newApp, keryxtest.Options{Embedded: true, Env: map[string]string{"WEB_SERVER_ERROR_STATUSES": "rest", "RATE_LIMIT_ENABLED": "false"}})
	user(t, app, "Mario")
	c := app.Client()
	want(t, c.Put("/api/session", m{"email": "mario@example.com", "password": "wrongpassword123"}), http.StatusUnauthorized, "Invalid email or password")
	want(t, c.Put("/api/session", m{"email": "fo", "password": "wrongpassword123"}), http.StatusUnprocessableEntity, tooShort)
	want(t, c.Put("/api/user", m{"name": "Other", "email": "mario@example.com", "password": password}), http.StatusUnprocessableEntity, "User already exists")
	want(t, c.Put("/api/user", m{"name": "Mario", "email": "other@example.com", "password": password}), http.StatusConflict, "This name is taken")
	signIn(c, "Mario")
	want(t, c.Get("/api/user/99999"), http.StatusNotFound, "not found")
}

// TestTimeDoesNotTellAccounts: a sign-in with an unknown address costs a hash, as one
// with a wrong password does. The memory of a hash is what says so: the time of one
// depends on the machine.
func TestTimeDoesNotTellAccounts(t *testing.T) {
	app := small(t)
	user(t, app, "Mario")
	allocated := func(email string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		app.Client().Put("/api/session", m{"email": email, "password": "wrongpassword"})
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / 1024
	}
	for _, email := range []string{"mario@example.com", "bowser@example.com"} {
		if got, want := allocated(email), uint64(hashing.Memory); got < want || got > want*3/2 {
			t.Errorf("a sign-in as %s takes %d kB; a hash takes %d", email, got, want)
		}
	}
}

// TestAPlantedSessionIsWorthNothing signs in with an id that an attacker has chosen or
// knows.
func TestAPlantedSessionIsWorthNothing(t *testing.T) {
	app := small(t)
	luigi := user(t, app, "Luigi")
	user(t, app, "Mario")
	for _, planted := range []string{"chosen-by-mallory", sessionID(luigi)} {
		c := with(app, planted)
		signIn(c, "Mario")
		if sessionID(c) == planted {
			t.Errorf("the session kept the id %s", planted)
		}
		want(t, with(app, planted).Get("/api/user/1"), http.StatusUnauthorized, noSession)
	}
}

func TestSessionDestroy(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Client().Delete("/api/session"), http.StatusUnauthorized, noSession)
		mario := user(t, app, "Mario")
		stolen := sessionID(mario)
		want(t, mario.Delete("/api/session"), http.StatusOK, `{"success":true}`)
		if sessionID(mario) != "" {
			t.Errorf("the cookie stays: %s", sessionID(mario))
		}
		want(t, with(app, stolen).Get("/api/user/1"), http.StatusUnauthorized, noSession)
		if keys := app.Redis.Client.Keys(t.Context(), "session:*").Val(); len(keys) != 0 {
			t.Errorf("Redis has %q", keys)
		}
	})
}

func TestTheTokenStaysWithItsSession(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Client().Get("/api/csrf-token"), http.StatusUnauthorized, noSession)
		mario := user(t, app, "Mario")
		token := csrfToken(mario)
		if token == "" || csrfToken(mario) != token {
			t.Errorf("the tokens are %q and %q", token, csrfToken(mario))
		}
		key := "csrf:token:" + sessionID(mario)
		if ttl := app.Redis.Client.TTL(t.Context(), key).Val(); ttl <= 3590*time.Second || ttl > time.Hour {
			t.Errorf("the token lives for %v", ttl)
		}
		signIn(mario, "Mario")
		if csrfToken(mario) == token {
			t.Error("the token outlived its session's id")
		}
	})
}

// TestAnonymousRequestsLeaveNothing behind in Redis, and get no cookie.
func TestAnonymousRequestsLeaveNothing(t *testing.T) {
	app := keryxtest.Start(t, newApp, keryxtest.Options{Embedded: true, Env: map[string]string{"RATE_LIMIT_ENABLED": "false"}})
	c := app.Client()
	for _, path := range []string{"/status", "/messages/list", "/user/1", "/nowhere"} {
		c.Get("/api" + path)
	}
	if keys := app.Redis.Client.Keys(t.Context(), "*").Val(); len(keys) != 0 || sessionID(c) != "" {
		t.Errorf("Redis has %q, the client %q", keys, sessionID(c))
	}
}

// TestUploadsAreLimited per caller, as every action is that takes something in.
func TestUploadsAreLimited(t *testing.T) {
	app := keryxtest.Start(t, newApp, keryxtest.Options{Embedded: true, Env: map[string]string{"RATE_LIMIT_UNAUTH_LIMIT": "2"}})
	for _, status := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		file := keryxtest.File("a.txt", "text/plain", "hello")
		app.Client().Post("/api/file", keryxtest.Multipart{"file": file, "stringParam": "x"}).Expect(status)
	}
}

// TestTheLimitOnStrangers checks that an anonymous caller cannot guess passwords
// without end.
func TestTheLimitOnStrangers(t *testing.T) {
	app := keryxtest.Start(t, newApp, keryxtest.Options{Embedded: true, Env: map[string]string{"RATE_LIMIT_UNAUTH_LIMIT": "3"}})
	c := app.Client()
	for i := range 3 {
		r := c.Put("/api/session", m{"email": "mario@example.com", "password": "wrongpassword"})
		want(t, r, http.StatusInternalServerError, "Invalid email or password")
		if got := r.Header.Get("X-RateLimit-Remaining"); got != fmt.Sprint(2-i) || r.Header.Get("X-RateLimit-Limit") != "3" {
			t.Errorf("%s of %s remain", got, r.Header.Get("X-RateLimit-Limit"))
		}
	}
	r := c.Put("/api/session", m{"email": "mario@example.com", "password": "wrongpassword"})
	want(t, r, http.StatusTooManyRequests, `"message":"Rate limit exceeded. Try again in `, "CONNECTION_RATE_LIMITED")
	if r.Header.Get("Retry-After") == "" {
		t.Error("there is no Retry-After")
	}
}
