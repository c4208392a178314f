package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestStatus(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		for _, path := range []string{"/api/status", "/api/status/markdown"} {
			r := app.Get(path)
			var out statusOutput
			app.Decode(r, &out)
			if out.Name != "chat" || out.PID != os.Getpid() || out.Version != version || out.Uptime < 0 || out.ConsumedMemoryMB <= 0 ||
				!out.Healthy || !out.Checks.Database || !out.Checks.Redis {
				t.Errorf("%s: %s", path, r.Body)
			}
		}
	})
}

// TestStatusWithoutADatabase is not healthy, and answers nevertheless.
func TestStatusWithoutADatabase(t *testing.T) {
	app := small(t)
	if err := app.DB.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, app.Get("/api/status"), http.StatusOK, `"healthy":false,"checks":{"database":false,"redis":true}`)
}

func TestFileUpload(t *testing.T) {
	app := small(t)
	post := func(form keryxtest.Multipart) keryxtest.Response { return app.Client().Post("/api/file", form) }
	picture := keryxtest.File("horn.svg", "image/svg+xml", "<svg/>")
	want(t, post(keryxtest.Multipart{"file": picture, "stringParam": "test"}),
		http.StatusOK, `{"params":{"stringParam":"test","file":{"name":"horn.svg","type":"image/svg+xml","size":6}}}`)
	want(t, post(keryxtest.Multipart{"file": picture}), http.StatusNotAcceptable, "Missing required param: stringParam")
	want(t, post(keryxtest.Multipart{"file": "text", "stringParam": "test"}), http.StatusNotAcceptable, "file must be a file", `"key":"file"`)
}

func TestStreamingCounter(t *testing.T) {
	app := small(t)
	r := app.Get("/api/streaming/counter?count=3")
	events := strings.Split(strings.TrimSuffix(r.Body, "\n\n"), "\n\n")
	if r.Status != http.StatusOK || r.Header.Get("Content-Type") != "text/event-stream" || r.Header.Get("Cache-Control") != "no-cache" || len(events) != 3 {
		t.Errorf("got %d %v %q", r.Status, r.Header, r.Body)
	}
	for i, event := range []string{
		"event: counter\nid: 1\ndata: {\"index\":1,\"total\":3}", "event: counter\nid: 2\ndata: {\"index\":2,\"total\":3}", "event: counter\nid: 3\ndata: {\"index\":3,\"total\":3}",
	} {
		if i < len(events) && events[i] != event {
			t.Errorf("event %d is %q", i, events[i])
		}
	}
	if n := strings.Count(app.Get("/api/streaming/counter").Body, "event: counter"); n != 5 {
		t.Errorf("%d events by default", n)
	}
	for _, bad := range []string{"0", "101", "x"} {
		want(t, app.Get("/api/streaming/counter?count="+bad), http.StatusNotAcceptable, `"key":"count"`)
	}
	resumed := app.Client().WithHeader("Last-Event-ID", "2")
	if r := resumed.Get("/api/streaming/counter?count=3"); r.Body != "event: counter\nid: 3\ndata: {\"index\":3,\"total\":3}\n\n" {
		t.Errorf("resumed: %q", r.Body)
	}
}
