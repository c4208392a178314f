package keryxtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// Response is an answer of the app, read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// Get asks for a path, such as "/api/user/1".
func (a *App) Get(path string) Response {
	a.tb.Helper()
	return a.Send(http.MethodGet, path, nil)
}

// Send asks for a path with a JSON body; a nil body sends none.
func (a *App) Send(method, path string, body any) Response {
	a.tb.Helper()
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			a.tb.Fatalf("the body cannot be encoded: %v", err)
		}
		content = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(a.tb.Context(), method, a.URL+path, content)
	if err != nil {
		a.tb.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return a.Do(r)
}

// Do sends a request over a connection of its own, so that none is left open
// behind the test.
func (a *App) Do(r *http.Request) Response {
	a.tb.Helper()
	r.Close = true
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		a.tb.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		a.tb.Fatalf("%s %s: the answer breaks off: %v", r.Method, r.URL, err)
	}
	return Response{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

// Decode reads the body as JSON into a value.
func (a *App) Decode(r Response, into any) {
	a.tb.Helper()
	if err := json.Unmarshal([]byte(r.Body), into); err != nil {
		a.tb.Fatalf("the answer is not the JSON that was expected: %v\n%s", err, r.Body)
	}
}
