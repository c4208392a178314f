package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestMessageCreate(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Client().Put("/api/message", m{"body": "Hello"}), http.StatusUnauthorized, noSession)
		want(t, with(app, "123").Put("/api/message", m{"body": "Hello"}), http.StatusUnauthorized, noSession)

		mario := user(t, app, "Mario")
		r := write(mario, "Hello, wörld 🎉 <b>")
		want(t, r, http.StatusOK, `"user_id":2,"createdAt":1`)
		var out messageOutput
		if r.Decode(&out); out.Message.ID != 1 || out.Message.Body != "Hello, wörld 🎉 <b>" || out.Message.UserName != "" {
			t.Errorf("got %+v", out.Message)
		}
		const refusal = "CONNECTION_CHANNEL_AUTHORIZATION"
		want(t, mario.Put("/api/message", m{"body": "Hello"}), http.StatusForbidden, refused(refusal, "CSRF token missing"))
		want(t, mario.Put("/api/message", m{"body": "Hello", "csrfToken": "guessed"}), http.StatusForbidden, refused(refusal, "CSRF token invalid"))
		luigi := user(t, app, "Luigi")
		want(t, mario.Put("/api/message", m{"body": "Hello", "csrfToken": csrfToken(luigi)}), http.StatusForbidden, refused(refusal, "CSRF token invalid"))

		want(t, write(mario, ""), http.StatusNotAcceptable, refused(param, "Message body is required"), `"key":"body"`)
		want(t, write(mario, strings.Repeat("ä", 1001)), http.StatusNotAcceptable, refused(param, "Message must be less than 1000 characters"))
		want(t, write(mario, strings.Repeat("ä", 1000)), http.StatusOK, "ä")
		if n, err := app.DB.NewSelect().Model((*Message)(nil)).Count(t.Context()); n != 2 || err != nil {
			t.Errorf("%d messages, %v", n, err)
		}
	})
}

// TestAUserWhoIsGone has a session still.
func TestAUserWhoIsGone(t *testing.T) {
	app := small(t)
	mario := user(t, app, "Mario")
	token := csrfToken(mario)
	if _, err := app.DB.NewDelete().Model((*User)(nil)).Where("name = 'Mario'").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, mario.Put("/api/message", m{"body": "Hello", "csrfToken": token}), http.StatusUnauthorized, noSession)
	want(t, mario.Post("/api/user", m{"name": "Me"}), http.StatusUnauthorized, noSession)
}

func TestMessagesList(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Client().Get("/api/messages/list"), http.StatusUnauthorized, noSession)
		mario := user(t, app, "Mario")
		want(t, mario.Get("/api/messages/list"), http.StatusOK, `{"messages":[],"pagination":{"page":1,"limit":10,"total":0,"pages":0}}`)
		for i := range 5 {
			store(t, app, fmt.Sprintf("message %d", i+1), time.Now())
		}
		var all, second messagesListOutput
		mario.Get("/api/messages/list").Decode(&all)
		if len(all.Messages) != 5 || all.Messages[0].Body != "message 5" || all.Messages[4].Body != "message 1" || all.Messages[0].UserName != "Mario" {
			t.Errorf("got %+v", all.Messages)
		}
		r := mario.Get("/api/messages/list?limit=2&page=2")
		r.Decode(&second)
		if len(second.Messages) != 2 || second.Messages[0].Body != "message 3" {
			t.Errorf("got %+v", second.Messages)
		}
		want(t, r, http.StatusOK, `"pagination":{"page":2,"limit":2,"total":5,"pages":3}`)
		want(t, mario.Get("/api/messages/list?page=99"), http.StatusOK, `{"messages":[],"pagination":{"page":99,`)
		want(t, mario.Get("/api/messages/list?page=9223372036854775807"), http.StatusOK, `{"messages":[]`)
		for _, bad := range []string{"limit=0", "limit=101", "page=0", "page=x", "limit=1&limit=2"} {
			key, _, _ := strings.Cut(bad, "=")
			want(t, mario.Get("/api/messages/list?"+bad), http.StatusNotAcceptable, `"key":"`+key+`"`)
		}
	})
}

func TestMessageView(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Client().Get("/api/message/1"), http.StatusUnauthorized, noSession)
		mario := user(t, app, "Mario")
		store(t, app, "look at me", time.Now())
		want(t, mario.Get("/api/message/1"), http.StatusOK, `{"message":{"id":1,"body":"look at me","user_id":2,"createdAt":`, `"user_name":"Mario"}}`)
		want(t, mario.Get("/api/message/99999"), http.StatusNotFound, refused("CONNECTION_NOT_FOUND", "Message with id 99999 not found"))
		want(t, mario.Get("/api/message/invalid"), http.StatusNotAcceptable, `"key":"message"`)
		want(t, mario.Get("/api/message/-1"), http.StatusNotAcceptable, `"key":"message"`)
	})
}

// store adds a message of the newest user.
func store(t *testing.T, app *keryxtest.App, body string, at time.Time) {
	t.Helper()
	var id int64
	if err := app.DB.NewSelect().Model((*User)(nil)).ColumnExpr("max(id)").Scan(t.Context(), &id); err != nil {
		t.Fatal(err)
	}
	message := &Message{Body: body, UserID: id, CreatedAt: at.UTC(), UpdatedAt: at.UTC()}
	if _, err := app.DB.NewInsert().Model(message).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestMessagesCleanup(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		act := func(params any) string {
			t.Helper()
			result, err := app.Act(t.Context(), "messages:cleanup", params)
			if err != nil {
				return err.Error()
			}
			return fmt.Sprint(result.(cleanupOutput).MessagesDeleted)
		}
		if got := act(nil); got != "0" {
			t.Errorf("of nothing, %s are deleted", got)
		}
		store(t, app, "old", time.Now().Add(-25*time.Hour))
		store(t, app, "of this minute", time.Now().Add(-time.Minute))
		store(t, app, "new", time.Now())
		for _, row := range []struct {
			params any
			want   string
		}{
			{nil, "1"}, {m{"age": 3_600_000}, "0"}, {m{"age": 30_000}, "1"}, {m{"age": 3155760000000}, "0"},
			{m{"age": 999}, "age must be between 1000 and 3155760000000"}, {m{"age": "x"}, "age must be a whole number"},
		} {
			if got := act(row.params); got != row.want {
				t.Errorf("%v: got %s, want %s", row.params, got, row.want)
			}
		}
		var left []string
		if err := app.DB.NewSelect().Model((*Message)(nil)).Column("body").Scan(t.Context(), &left); err != nil || len(left) != 1 || left[0] != "new" {
			t.Errorf("%q are left, %v", left, err)
		}
	})
}

func TestMessagesHello(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		result, err := app.Act(t.Context(), "messages:hello", nil)
		if err != nil {
			t.Fatal(err)
		}
		said := result.(helloOutput).Message
		at, err := time.Parse("Hello! The current time is 2006-01-02T15:04:05.000Z", said)
		if err != nil || time.Since(at) > time.Minute {
			t.Errorf("it says %q: %v", said, err)
		}
		want(t, user(t, app, "Mario").Get("/api/message/1"), http.StatusOK, `"user_name":"Admin"`, said)
	})
}
