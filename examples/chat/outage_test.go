package main

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/keryxtest"
)

// TestWithoutRedis checks that no user seems signed out, because without Redis that is
// unknown.
func TestWithoutRedis(t *testing.T) {
	redis := redistest.Start(t)
	app := keryxtest.Start(t, newApp, keryxtest.Options{Env: map[string]string{
		"REDIS_URL": redis.URL(), "DATABASE_URL": "sqlite://:memory:", "RATE_LIMIT_ENABLED": "false",
	}})
	mario := user(t, app, "Mario")
	s, early := mario.connect(), mario.connect()
	early.join()
	redis.Kill()
	want(t, mario.get("/messages/list"), http.StatusInternalServerError, "CONNECTION_SERVER_ERROR")
	want(t, mario.get("/status"), http.StatusOK, `"healthy":false,"checks":{"database":true,"redis":false}`)
	wantFrame(t, s.subscribe(roomName), "CONNECTION_SERVER_ERROR")
	wantFrame(t, s.call("messages:list", nil), "CONNECTION_SERVER_ERROR")

	redis.Restart() // empty: sessions are gone, sockets are not
	eventually(t, 10*time.Second, "Redis is back", func() bool { return mario.get("/messages/list").Status == http.StatusUnauthorized })
	mario.signIn("Mario")
	heard := make(chan struct{})
	var hellos sync.WaitGroup
	hellos.Go(func() { // messages before the server listens again are lost
		for {
			_, _ = app.Act(t.Context(), "messages:hello", nil)
			select {
			case <-heard:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	early.broadcast("Hello!")
	close(heard)
	hellos.Wait()
	eventually(t, 10*time.Second, "Mario is back in it", func() bool { return len(mario.members()) == 1 })
}
