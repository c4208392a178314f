package main

import (
	"net/http"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestTodos(t *testing.T) {
	app := keryxtest.Start(t, newApp, keryxtest.Options{NoDatabase: true})
	r := app.Send("POST", "/api/todos", map[string]any{"title": "Write a test"})
	if r.Status != http.StatusCreated || r.Header.Get("Location") != "/api/todos/1" || r.Body != `{"id":1,"title":"Write a test"}` {
		t.Errorf("%d %v %s", r.Status, r.Header, r.Body)
	}
	if r := app.Get("/api/todos/1"); r.Body != `{"id":1,"title":"Write a test"}` {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	for _, status := range []int{http.StatusNoContent, http.StatusNotFound} {
		if r := app.Send("DELETE", "/api/todos/1", nil); r.Status != status {
			t.Errorf("%d %s, want %d", r.Status, r.Body, status)
		}
	}
}
