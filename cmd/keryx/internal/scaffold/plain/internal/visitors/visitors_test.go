package visitors_test

import (
	"net/http"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/plain/internal/app"
	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/plain/internal/visitors"
)

func TestSession(t *testing.T) {
	t.Parallel()
	server := keryxtest.Start(t, app.New, keryxtest.Options{Embedded: true, NoDatabase: true})
	ada := server.Client()
	ada.Get("/api/users/me").Error(keryx.ConnectionSessionNotFound)
	ada.Post("/api/session", map[string]string{"name": ""}).Error(keryx.ConnectionActionParamRequired)
	ada.Post("/api/session", map[string]string{"name": "Ada"}).Expect(http.StatusOK)
	if me := keryxtest.Decode[visitors.Visitor](ada.Get("/api/users/me")); me.Name != "Ada" || me.ID == "" {
		t.Errorf("%+v", me)
	}
	ada.Delete("/api/session").Expect(http.StatusNoContent)
	ada.Get("/api/users/me").Error(keryx.ConnectionSessionNotFound)
}
