package main

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

// TestWithoutRedis checks that no user seems signed out, because without Redis that is
// unknown.
func TestWithoutRedis(t *testing.T) {
	slow.Skip(t, "it kills Redis")
	app := keryxtest.Start(t, newApp, keryxtest.Options{Env: map[string]string{
		"DATABASE_URL": "sqlite://:memory:", "RATE_LIMIT_ENABLED": "false",
	}})
	mario := user(t, app, "Mario")
	s, early := mario.Dial(), mario.Dial()
	early.Subscribe(roomName)
	app.KillRedis()
	want(t, mario.Get("/api/messages/list"), http.StatusInternalServerError, "CONNECTION_SERVER_ERROR")
	want(t, mario.Get("/api/status"), http.StatusOK, `"healthy":false,"checks":{"database":true,"redis":false}`)
	wantFrame(t, subscribe(s, roomName), "CONNECTION_SERVER_ERROR")
	wantFrame(t, s.Act("messages:list", nil), "CONNECTION_SERVER_ERROR")

	app.RestartRedis() // empty: sessions are gone, sockets are not
	keryxtest.Eventually(t, "Redis is back", func() bool { return mario.Get("/api/messages/list").Status == http.StatusUnauthorized })
	signIn(mario, "Mario")
	arrived := make(chan struct{})
	var hellos sync.WaitGroup
	hellos.Go(func() { // messages before the server listens again are lost
		for {
			_, _ = app.Act(t.Context(), "messages:hello", nil)
			select {
			case <-arrived:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	heard(early, "Hello!")
	close(arrived)
	hellos.Wait()
	keryxtest.Eventually(t, "Mario is back in it", func() bool { return len(members(mario)) == 1 })
}
