// Package answer holds the response that the servers of one benchmark must give, so
// that all of them send the same bytes.
package answer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

// Answer is a response with status 200.
type Answer struct {
	// Header are the header fields, without those that net/http adds by itself.
	Header http.Header `json:"header"`
	// Body is the JSON of the answer, {"user":{…}}.
	Body json.RawMessage `json:"body"`
}

// automatic are the header fields that net/http adds by itself.
var automatic = []string{"Date", "Content-Length", "Connection"}

// Of returns the answer of a response.
func Of(header http.Header, body []byte) Answer {
	header = header.Clone()
	for _, name := range automatic {
		header.Del(name)
	}
	return Answer{Header: header, Body: body}
}

// Default returns an answer like that of the framework's caching example. Runs without
// that example use it.
func Default() Answer {
	return Answer{
		Header: http.Header{
			"X-Server-Name":                {"server"},
			"Content-Security-Policy":      {"default-src 'self'"},
			"X-Content-Type-Options":       {"nosniff"},
			"X-Frame-Options":              {"DENY"},
			"Strict-Transport-Security":    {"max-age=31536000; includeSubDomains"},
			"Referrer-Policy":              {"strict-origin-when-cross-origin"},
			"Access-Control-Allow-Origin":  {"*"},
			"Access-Control-Allow-Methods": {"HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS"},
			"Access-Control-Allow-Headers": {"Content-Type"},
			"Vary":                         {"Accept-Encoding"},
			"Content-Type":                 {"application/json"},
		},
		Body: json.RawMessage(`{"user":{"id":1,"name":"Ada","email":"ada@example.com"}}`),
	}
}

// Save writes the answer to a file for [Load].
func (a Answer) Save(file string) error {
	encoded, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("cannot encode the answer, is its body JSON? %w", err)
	}
	return os.WriteFile(file, encoded, 0o600)
}

// Load reads a file that Save has written. An empty name is the [Default].
func Load(file string) (Answer, error) {
	if file == "" {
		return Default(), nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return Answer{}, err
	}
	var a Answer
	if err := json.Unmarshal(content, &a); err != nil {
		return Answer{}, fmt.Errorf("%s is no answer: %w", file, err)
	}
	return a, nil
}

// WriteHeader sets all fields. The values are shared, not copied, because that costs a
// handler least.
func (a Answer) WriteHeader(to http.Header) {
	for name, values := range a.Header {
		to[name] = values
	}
}
