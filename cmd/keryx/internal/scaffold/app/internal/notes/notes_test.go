package notes_test

import (
	"net/http"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/app/internal/app"
	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/app/internal/notes"
)

func start(t *testing.T) *keryxtest.App {
	t.Helper()
	t.Parallel()
	return keryxtest.Start(t, app.New, keryxtest.Options{Embedded: true})
}

// member returns the client of a new user.
func member(server *keryxtest.App, name string) *keryxtest.Client {
	c := server.Client()
	c.Post("/api/users", map[string]string{"name": name, "email": name + "@example.com", "password": "correct horse"}).Expect(http.StatusCreated)
	return c
}

// TestNotes lists a note at once, although the list of before was cached.
func TestNotes(t *testing.T) {
	server := start(t)
	server.Client().Get("/api/notes").Error(keryx.ConnectionSessionNotFound)
	ada := member(server, "Ada")
	if r := ada.Get("/api/notes").Expect(http.StatusOK); r.Body != "[]" {
		t.Error(r)
	}
	ada.Post("/api/notes", map[string]string{"text": "first"}).Expect(http.StatusCreated)
	ada.Post("/api/notes", map[string]string{"text": "second"}).Expect(http.StatusCreated)
	list := keryxtest.Decode[[]notes.Note](ada.Get("/api/notes"))
	if len(list) != 2 || list[0].Text != "second" || list[0].Author != "Ada" {
		t.Errorf("%+v", list)
	}
	ada.Post("/api/notes", map[string]string{"text": ""}).Error(keryx.ConnectionActionParamRequired)
}

// TestWall hears of a note that another member writes.
func TestWall(t *testing.T) {
	server := start(t)
	server.Client().Dial().SubscribeError("wall", keryx.ConnectionSessionNotFound)
	ada, grace := member(server, "Ada"), member(server, "Grace")
	socket := grace.Dial()
	socket.Subscribe("wall")
	ada.Post("/api/notes", map[string]string{"text": "hello"}).Expect(http.StatusCreated)
	if note := keryxtest.Decode[notes.Note](socket.Broadcast("wall")); note.Text != "hello" || note.Author != "Ada" {
		t.Errorf("%+v", note)
	}
}
