package main

import (
	"net/http"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestTodos(t *testing.T) {
	app := keryxtest.Start(t, newApp, keryxtest.Options{NoDatabase: true})
	if r := app.Send("POST", "/api/todos", map[string]any{"title": "Write a test"}); r.Status != http.StatusOK || r.Body != `{"id":1,"title":"Write a test"}` {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := app.Get("/api/todos/1"); r.Body != `{"id":1,"title":"Write a test"}` {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := app.Get("/api/todos/2"); r.Status != http.StatusNotFound {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
