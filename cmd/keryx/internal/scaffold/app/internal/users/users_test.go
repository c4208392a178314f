package users_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/app/internal/app"
)

const password = "correct horse"

func start(t *testing.T) *keryxtest.App {
	t.Helper()
	t.Parallel()
	return keryxtest.Start(t, app.New, keryxtest.Options{Embedded: true, Env: map[string]string{"RATE_LIMIT_ENABLED": "true"}})
}

func TestSignUp(t *testing.T) {
	server := start(t)
	ada := server.Client()
	account := map[string]string{"name": "Ada", "email": "Ada@example.com", "password": password}
	r := ada.Post("/api/users", account).Expect(http.StatusCreated)
	if !strings.Contains(r.Body, `"email":"ada@example.com"`) || strings.Contains(r.Body, "argon2id") {
		t.Error(r)
	}
	ada.Get("/api/users/me").Expect(http.StatusOK)

	server.Client().Post("/api/users", account).Error(keryx.ConnectionConflict)
	e := server.Client().Post("/api/users", map[string]string{"name": "", "email": "ada", "password": "short"}).Error(keryx.ConnectionActionParamRequired)
	if len(e.Errors) != 3 {
		t.Errorf("%v", e.Errors)
	}
}

func TestSession(t *testing.T) {
	server := start(t)
	ada := server.Client()
	ada.Get("/api/users/me").Error(keryx.ConnectionSessionNotFound)
	ada.Post("/api/users", map[string]string{"name": "Ada", "email": "ada@example.com", "password": password}).Expect(http.StatusCreated)
	ada.Delete("/api/session").Expect(http.StatusNoContent)
	ada.Get("/api/users/me").Error(keryx.ConnectionSessionNotFound)
	ada.Post("/api/session", map[string]string{"email": "ADA@example.com", "password": password}).Expect(http.StatusOK)
	ada.Get("/api/users/me").Expect(http.StatusOK)
}

// TestGuesses finds one answer for a wrong password and for an unknown address, and none
// after five attempts on an account.
func TestGuesses(t *testing.T) {
	server := start(t)
	guess := map[string]string{"email": "nobody@example.com", "password": "wrong horse"}
	for range 5 {
		server.Client().Post("/api/session", guess).Error(keryx.ConnectionSessionNotFound)
	}
	r := server.Client().Post("/api/session", guess)
	if r.Error(keryx.ConnectionRateLimited); r.Header.Get("Retry-After") == "" {
		t.Error(r)
	}
	guess["email"] = "ada@example.com"
	server.Client().Post("/api/session", guess).Error(keryx.ConnectionSessionNotFound)
}
