//lint:file-ignore U1000 The clients use it.

// Package goclient is what all clients in Go have. Package client copies it into them.
package goclient

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strings"
)

// Client calls the actions of the app. It is safe for concurrent use, as long as its fields
// stay as they are.
type Client struct {
	// URL is where the app is: "https://app.example". Required.
	URL string
	// HTTP sends the requests. Nil: http.DefaultClient. One with a Jar keeps a session.
	HTTP *http.Client
	// Header is sent with each request: Authorization, for example.
	Header http.Header
}

// value calls an action and reads its result into out, unless that is nil.
func (c *Client) value(ctx context.Context, k call, out any) error {
	response, err := c.do(ctx, k)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil || out == nil || len(data) == 0 {
		return err
	}
	if err := json.Unmarshal(data, out); err != nil {
		return &Error{Message: "the answer cannot be read: " + err.Error(), Status: response.StatusCode}
	}
	return nil
}

// stream calls an action and returns the body of the response.
func (c *Client) stream(ctx context.Context, k call) (io.ReadCloser, error) {
	response, err := c.do(ctx, k)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// events calls an action when the sequence is read, and ends it when that stops.
func (c *Client) events(ctx context.Context, k call) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		body, err := c.stream(ctx, k)
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer func() { _ = body.Close() }()
		id := ""
		for reader := bufio.NewReader(body); ; {
			e, err := readEvent(reader, id)
			if err == io.EOF {
				return
			}
			id = e.ID
			if err == nil && e.Name == "error" {
				if failed := errorIn(e.Data); failed != nil {
					err = failed
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// do sends the request of a call. The response is a success.
func (c *Client) do(ctx context.Context, k call) (*http.Response, error) {
	request, err := k.request(ctx, strings.TrimRight(c.URL, "/"), c.Header)
	if err != nil {
		return nil, err
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil || response.StatusCode < 400 {
		return response, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	failed := errorIn(data)
	if failed == nil {
		failed = &Error{Message: "the server answered " + response.Status}
	}
	failed.Status, failed.RetryAfter = response.StatusCode, retryAfter(response.Header.Get("Retry-After"))
	return nil, failed
}
