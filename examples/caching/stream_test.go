package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/keryxtest"
)

// sendMails runs the action and returns its result.
func sendMails(t *testing.T, app *keryxtest.App, consumer, idle string, count int) mailSendOutput {
	t.Helper()
	r := app.Send("POST", "/api/mails/send", map[string]any{"consumer": consumer, "idle": idle, "count": count})
	want(t, r, http.StatusOK, `"sent":[`)
	var out mailSendOutput
	app.Decode(r, &out)
	return out
}

func queueMail(t *testing.T, app *keryxtest.App, to string) string {
	t.Helper()
	r := app.Send("POST", "/api/mails", map[string]any{"to": to, "text": "Hello"})
	want(t, r, http.StatusOK, `{"id":"`)
	var out mailOutput
	app.Decode(r, &out)
	return out.ID
}

func TestMailsAreSentInTheirOrder(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Get("/api/mails"), http.StatusOK, `{"queued":0,"pending":0,"dead":0}`)
		if out := sendMails(t, app, "a", "30s", 10); len(out.Sent) != 0 {
			t.Errorf("%+v without a mail", out)
		}
		var ids []string
		for range 3 {
			ids = append(ids, queueMail(t, app, "ada@example.com"))
		}
		want(t, app.Get("/api/mails"), http.StatusOK, `{"queued":3,"pending":0,"dead":0}`)
		if out := sendMails(t, app, "a", "30s", 2); !slices.Equal(out.Sent, ids[:2]) || len(out.Failed)+len(out.Dead) != 0 {
			t.Errorf("%+v of %v", out, ids)
		}
		if out := sendMails(t, app, "b", "30s", 2); !slices.Equal(out.Sent, ids[2:]) {
			t.Errorf("%+v of %v", out, ids)
		}
		want(t, app.Get("/api/mails"), http.StatusOK, `{"queued":0,"pending":0,"dead":0}`)
		want(t, app.Send("POST", "/api/mails", map[string]any{"to": "nobody", "text": "x"}), http.StatusNotAcceptable, `"key":"to"`)
		want(t, app.Send("POST", "/api/mails/send", nil), http.StatusNotAcceptable, "Missing required param: consumer")
		want(t, app.Send("POST", "/api/mails/send", map[string]any{"consumer": "a", "count": 0}), http.StatusNotAcceptable, `"key":"count"`)
	})
}

// TestManyConsumersShareTheMails has each mail sent by one of them.
func TestManyConsumersShareTheMails(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		var queued, sent []string
		for range 30 {
			queued = append(queued, queueMail(t, app, "ada@example.com"))
		}
		for _, r := range together(t, app, 20, "POST", "/api/mails/send", map[string]any{"consumer": "a", "count": 2}) {
			var out mailSendOutput
			app.Decode(r, &out)
			sent = append(sent, out.Sent...)
		}
		slices.Sort(sent)
		slices.Sort(queued)
		if !slices.Equal(sent, queued) {
			t.Errorf("sent %v of %v", sent, queued)
		}
	})
}

// TestADeadConsumersMailsAreTakenOver has one consumer read mails and vanish.
func TestADeadConsumersMailsAreTakenOver(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		sendMails(t, app, "a", "30s", 1) // makes the group
		ids := []string{queueMail(t, app, "ada@example.com"), queueMail(t, app, "ada@example.com")}
		_, err := app.Redis.Client.XReadGroup(t.Context(), &redis.XReadGroupArgs{
			Streams: []string{mailStream, ">"}, Group: mailGroup, Consumer: "dead", Count: 2, Block: -1,
		}).Result()
		if err != nil {
			t.Fatal(err)
		}
		want(t, app.Get("/api/mails"), http.StatusOK, `{"queued":2,"pending":2,"dead":0}`)
		if out := sendMails(t, app, "b", "1h", 10); len(out.Sent) != 0 {
			t.Errorf("%+v is taken from a consumer that lives", out)
		}
		var taken []string
		keryxtest.Eventually(t, "it happens", func() bool {
			taken = append(taken, sendMails(t, app, "b", "50ms", 10).Sent...)
			return len(taken) == 2
		})
		if !slices.Equal(taken, ids) {
			t.Errorf("%v of %v", taken, ids)
		}
		want(t, app.Get("/api/mails"), http.StatusOK, `{"queued":0,"pending":0,"dead":0}`)
	})
}

func TestAMailThatFailsIsGivenUp(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		bad, good := queueMail(t, app, "nobody@example.invalid"), queueMail(t, app, "ada@example.com")
		if out := sendMails(t, app, "a", "1h", 10); !slices.Equal(out.Failed, []string{bad}) || !slices.Equal(out.Sent, []string{good}) {
			t.Errorf("%+v", out)
		}
		want(t, app.Get("/api/mails"), http.StatusOK, `{"queued":1,"pending":1,"dead":0}`)
		if out := sendMails(t, app, "b", "0s", 10); !slices.Equal(out.Failed, []string{bad}) {
			t.Errorf("the second time: %+v", out)
		}
		if out := sendMails(t, app, "a", "0s", 10); !slices.Equal(out.Dead, []string{bad}) {
			t.Errorf("the third time: %+v", out)
		}
		want(t, app.Get("/api/mails"), http.StatusOK, `{"queued":0,"pending":0,"dead":1}`)
		dead := app.Redis.Client.XRange(t.Context(), mailDead, "-", "+").Val()
		if len(dead) != 1 || dead[0].Values["to"] != "nobody@example.invalid" {
			t.Errorf("set aside: %v", dead)
		}
	})
}

// TestAMailThatKillsItsConsumersIsGivenUp has a mail that no consumer has finished.
func TestAMailThatKillsItsConsumersIsGivenUp(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		sendMails(t, app, "a", "1h", 1)
		id := queueMail(t, app, "ada@example.com")
		rdb, ctx := app.Redis.Client, t.Context()
		err := rdb.XReadGroup(ctx, &redis.XReadGroupArgs{Streams: []string{mailStream, ">"}, Group: mailGroup, Consumer: "1", Block: -1}).Err()
		for _, consumer := range strings.Fields("2 3") {
			if err == nil {
				err = rdb.XAutoClaim(ctx, &redis.XAutoClaimArgs{Stream: mailStream, Group: mailGroup, Consumer: consumer, Start: "0"}).Err()
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if out := sendMails(t, app, "a", "0s", 1); !slices.Equal(out.Dead, []string{id}) {
			t.Errorf("%+v", out)
		}
	})
}
