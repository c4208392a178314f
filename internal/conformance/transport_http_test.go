package conformance

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"
)

// overHTTP sends a request with parameters in its query, and a body.
func overHTTP(app *keryxtest.App, t *testing.T, action, query, contentType, body string) answer {
	t.Helper()
	target := app.URL + "/api/" + action
	if query != "" {
		target += "?" + query
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response := app.Do(r)
	got := answer{Result: json.RawMessage(response.Body)}
	if response.Status != http.StatusOK {
		app.Decode(response, &got)
		if got.Error == nil {
			t.Fatalf("status %d without an error: %s", response.Status, response.Body)
		}
	}
	return got
}

func jsonOverHTTP(app *keryxtest.App) transport {
	return transport{typed: func(t *testing.T, action, params string) answer {
		return overHTTP(app, t, action, "", "application/json", params)
	}}
}

func queryOverHTTP(app *keryxtest.App) transport {
	return transport{textual: func(t *testing.T, action string, params url.Values) answer {
		return overHTTP(app, t, action, params.Encode(), "", "")
	}}
}

func formOverHTTP(app *keryxtest.App) transport {
	return transport{textual: func(t *testing.T, action string, params url.Values) answer {
		return overHTTP(app, t, action, "", "application/x-www-form-urlencoded", params.Encode())
	}}
}

func multipartOverHTTP(app *keryxtest.App) transport {
	return transport{textual: func(t *testing.T, action string, params url.Values) answer {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for key, values := range params {
			for _, value := range values {
				if err := form.WriteField(key, value); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		return overHTTP(app, t, action, "", form.FormDataContentType(), body.String())
	}}
}
