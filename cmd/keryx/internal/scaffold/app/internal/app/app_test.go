package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/app/internal/app"
)

// TestPage finds the page, its files and the policy that protects it.
func TestPage(t *testing.T) {
	t.Parallel()
	server := keryxtest.Start(t, app.New, keryxtest.Options{Embedded: true})
	page := server.Get("/").Expect(http.StatusOK)
	if policy := page.Header.Get("Content-Security-Policy"); policy != "default-src 'self'" {
		t.Errorf("the policy is %q", policy)
	}
	for _, file := range []string{"/css/main.css", "/js/main.js", "/favicon.svg"} {
		server.Get(file).Expect(http.StatusOK)
		if !strings.Contains(page.Body, file) {
			t.Errorf("the page does not use %s", file)
		}
	}
	server.Get("/assets.go").Expect(http.StatusNotFound)
}

// TestServices runs the app on the real services, where they are installed.
func TestServices(t *testing.T) {
	t.Parallel()
	server := keryxtest.Start(t, app.New, keryxtest.Options{})
	if r := server.Get("/readyz").Expect(http.StatusOK); !strings.Contains(r.Body, `"database":"ok"`) {
		t.Error(r)
	}
}
