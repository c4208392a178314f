package pages

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
	_ "github.com/keryx-go/keryx/redis/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestResultsAndBodies: the code of docs/actions.md does what the page says.
func TestResultsAndBodies(t *testing.T) {
	secret := []byte("s3cret")
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		o.ErrorStatuses = statuses().ErrorStatuses
		api := keryx.New(o)
		results(api, &rooms{byName: map[string]*Room{}})
		keryx.Handle(api.Group(signed(secret)), keryx.Action{Name: "hook", Web: keryx.POST("/hook/{org}")}, hook)
		keryx.Handle(api, keryx.Action{Name: "avatar:set", Web: keryx.PUT("/avatar/{userId}")}, func(_ context.Context, in avatarInput) (int64, error) {
			return in.Image.Size, nil
		})
		keryx.Handle(api, keryx.Action{Name: "room:import", Web: keryx.POST("/rooms/import")}, func(_ context.Context, in importInput) (int, error) {
			return len(in.Rooms), nil
		})
		keryx.Handle(api, keryx.Action{Name: "spend", Web: keryx.POST("/spend")}, func(context.Context, struct{}) (*userOutput, error) {
			return spend(map[string]int{"left": 0})
		})
		keryx.Handle(limits(api), keryx.Action{Name: "login", Web: keryx.POST("/login")}, func(_ context.Context, in loginInput) (string, error) {
			return in.Email, nil
		})
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true})

	mac := hmac.New(sha256.New, secret)
	_, _ = io.WriteString(mac, `{"n": 1}`)
	signature := hex.EncodeToString(mac.Sum(nil))
	const jsonType = "application/json"
	for name, row := range map[string]struct {
		method, path, contentType, body string
		header, value                   string
		status                          int
		want                            string // in the body or the header Location
	}{
		"created":               {"POST", "/api/rooms", jsonType, `{"name":"blue"}`, "", "", 201, "/api/rooms/1"},
		"no content":            {"DELETE", "/api/rooms/1", "", "", "", "", 204, ""},
		"accepted":              {"POST", "/api/rooms/1/book", "", "", "", "", 202, `"booked"`},
		"signed":                {"POST", "/api/hook/acme", jsonType, `{"n": 1}`, "X-Signature", signature, 200, "0"},
		"signed, other bytes":   {"POST", "/api/hook/acme", jsonType, `{"n":1}`, "X-Signature", signature, 401, "signature"},
		"unsigned, no JSON":     {"POST", "/api/hook/acme", "text/csv", `{`, "", "", 401, "signature"},
		"a picture":             {"PUT", "/api/avatar/7", "image/png", "png", "", "", 200, "3"},
		"a picture of a kind":   {"PUT", "/api/avatar/7", "image/gif", "gif", "", "", 422, "image/png"},
		"a list":                {"POST", "/api/rooms/import", jsonType, `[{"name":"a"},{"name":"b"}]`, "", "", 200, "2"},
		"a list as a form":      {"POST", "/api/rooms", "application/x-www-form-urlencoded", `[1]`, "", "", 415, jsonType},
		"compressed":            {"POST", "/api/rooms", jsonType, `{}`, "Content-Encoding", "gzip", 415, "gzip"},
		"unprocessable":         {"POST", "/api/rooms", jsonType, `{}`, "", "", 422, "Missing required param: name"},
		"a problem":             {"POST", "/api/rooms", jsonType, `{}`, "Accept", "application/problem+json", 422, `"title":"Unprocessable Entity","status":422`},
		"a status of its own":   {"POST", "/api/spend", "", "", "", "", 402, `"details":{"left":0}`},
		"limited by the e-mail": {"POST", "/api/login", jsonType, `{"email":"a@example.org","password":"x"}`, "", "", 200, "a@example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), row.method, app.URL+row.path, bytes.NewReader([]byte(row.body)))
			if err != nil {
				t.Fatal(err)
			}
			if row.contentType != "" {
				r.Header.Set("Content-Type", row.contentType)
			}
			if row.header != "" {
				r.Header.Set(row.header, row.value)
			}
			got := app.Do(r)
			if got.Status != row.status || !strings.Contains(got.Body+got.Header.Get("Location"), row.want) {
				t.Errorf("got %d %s, want %d and %s", got.Status, got.Body, row.status, row.want)
			}
		})
	}
	for range 5 {
		app.Send("POST", "/api/login", map[string]any{"email": "b@example.org", "password": "x"})
	}
	if r := app.Send("POST", "/api/login", map[string]any{"email": "b@example.org", "password": "x"}); r.Status != 429 {
		t.Errorf("got %d %s", r.Status, r.Body)
	}
}
