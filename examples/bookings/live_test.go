package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
)

// TestLive has a booking on one node and a listener on another.
func TestLive(t *testing.T) {
	t.Parallel()
	nodes := keryxtest.StartN(t, 2, newApp, options(nil))
	o := open(nodes[0])
	socket := o.member.At(nodes[1]).Dial()
	socket.Subscribe("org:1:room:1")
	hears := func(event string) {
		t.Helper()
		if got := keryxtest.Decode[change](socket.Broadcast("org:1:room:1")); got.Event != event || got.Booking.RoomID != 1 {
			t.Errorf("heard %+v, want %s", got, event)
		}
	}
	booking := keryxtest.Decode[Booking](o.owner.Post(o.room+"/bookings", meeting(9, 10)).Expect(201))
	hears("booked")
	o.owner.Post(o.room+"/bookings", meeting(9, 10)).Error("BOOKING_OVERLAP") // is not heard
	o.owner.Delete(o.org + "/bookings/" + text(booking.ID)).Expect(204)
	hears("cancelled")

	signUp(nodes[0], "eve").Dial().SubscribeError("org:1:room:1", keryx.ConnectionNotFound)
	nodes[0].Client().Dial().SubscribeError("org:1:room:1", keryx.ConnectionSessionNotFound)
	o.member.Dial().SubscribeError("org:x:room:1", keryx.ConnectionNotFound)
}

func TestWebhook(t *testing.T) {
	app := start(t)
	o := open(app)
	booking := keryxtest.Decode[Booking](o.member.Post(o.room+"/bookings", meeting(9, 10)).Expect(201))
	call := func(body, signed string) keryxtest.Response {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(signed))
		door := app.Client().WithHeader("X-Signature", hex.EncodeToString(mac.Sum(nil)))
		return door.Post("/api/webhooks/door", keryxtest.Raw{ContentType: "application/json", Body: body})
	}
	body := func(id int64, at time.Time) string {
		b, _ := json.Marshal(doorInput{id, at})
		return string(b)
	}
	now := body(booking.ID, time.Now())
	call("{", "something else").Error(keryx.ConnectionSessionNotFound) // before the body is parsed
	call(now, now+" ").Error(keryx.ConnectionSessionNotFound)
	app.Send("POST", "/api/webhooks/door", nil).Error(keryx.ConnectionSessionNotFound)
	call("{", "{").Expect(http.StatusBadRequest)
	old := body(booking.ID, time.Now().Add(-time.Hour))
	call(old, old).Error(keryx.ConnectionActionParamRequired)
	none := body(99, time.Now())
	call(none, none).Error(keryx.ConnectionNotFound)
	for range 2 {
		call(now, now).Expect(http.StatusNoContent)
	}
	if list := keryxtest.Decode[page[Booking]](o.member.Get(o.org + "/bookings")); list.Items[0].CheckedInAt == nil {
		t.Error(list)
	}

	closed := keryxtest.Start(t, newApp, options(map[string]string{"BOOKINGS_WEBHOOK_SECRET": ""}))
	closed.Send("POST", "/api/webhooks/door", nil).Expect(http.StatusServiceUnavailable)
}

func TestOperations(t *testing.T) {
	app := start(t)
	admin, user := app.Client(), signUp(app, "ada")
	admin.SignIn(sessionData{7, []string{"admin"}})
	if r := admin.Get("/debug/vars").Expect(200); !strings.Contains(r.Body, "memstats") {
		t.Error(r)
	}
	user.Get("/debug/vars").Error(keryx.ConnectionForbidden)
	app.Get("/debug/vars").Error(keryx.ConnectionSessionNotFound)
	if r := app.Get("/readyz").Expect(200); !strings.Contains(r.Body, `"tables":"ok"`) {
		t.Error(r)
	}
	if _, err := app.DB.ExecContext(t.Context(), "DROP TABLE bookings"); err != nil {
		t.Fatal(err)
	}
	app.Get("/readyz").Expect(http.StatusServiceUnavailable)
}

func TestThePage(t *testing.T) {
	app := start(t)
	page := app.Get("/").Expect(200)
	for _, path := range []string{"/orgs/1", "/orgs/1/rooms/2"} {
		if r := app.Get(path).Expect(200); r.Body != page.Body {
			t.Error(fmt.Sprint(path, ": ", r))
		}
	}
	app.Get("/api/nope").Error(keryx.ConnectionActionNotFound)
	app.Get("/js/nope.js").Expect(http.StatusNotFound)
}
