package web_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/stream"
)

// TestDrainEndsStreams: with a cause, in time, and so that the client knows.
func TestDrainEndsStreams(t *testing.T) {
	slow.Skip(t, "it waits for timeouts")
	t.Parallel()
	for name, reads := range map[string]bool{"a client that reads": true, "a client that does not": false} {
		ended := make(chan error, 1)
		s := start(t, nil, streams(stream.Events(func(ctx context.Context, send *stream.Sender) error {
			err := send.Event("", "begun")
			for !reads && err == nil {
				err = send.Event("", strings.Repeat("x", 1<<20))
			}
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return err
		})))
		r := open(t, t.Context(), s.URL())
		body := bufio.NewReader(r.Body)
		if line, err := body.ReadString('\n'); line != "data: begun\n" || err != nil {
			t.Fatalf("%s: got %q, %v", name, line, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if cause := soon(t, ended); !errors.Is(cause, action.ErrStopping) {
			t.Errorf("%s: the cause is %v", name, cause)
		}
		if _, err := io.ReadAll(body); err == nil {
			t.Errorf("%s: the end looks like the end", name)
		}
	}
}

// TestDrainLetsStreamsFinish: a stream that ends by itself is not cut off.
func TestDrainLetsStreamsFinish(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	s := start(t, nil, streams(stream.Chunks("text/plain", func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "first")
		<-stopping
		_, last := io.WriteString(w, " last")
		return errors.Join(err, last)
	})))
	r := open(t, t.Context(), s.URL())
	address := strings.TrimPrefix(s.URL(), "http://")
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(t.Context()) }()
	for { // until nothing listens any more
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	close(stopping)
	if body, err := io.ReadAll(r.Body); string(body) != "first last" || err != nil {
		t.Errorf("got %q, %v", body, err)
	}
	if err := soon(t, stopped); err != nil {
		t.Error(err)
	}
}

// TestStartAfterADrain: streams of the new run are not those of the old one.
func TestStartAfterADrain(t *testing.T) {
	s := start(t, nil, streams(stream.Events(func(ctx context.Context, send *stream.Sender) error {
		return errors.Join(ctx.Err(), send.Event("", 1))
	})))
	for range 2 {
		if err := errors.Join(s.Stop(t.Context()), s.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(open(t, t.Context(), s.URL()).Body); string(body) != "data: 1\n\n" || err != nil {
			t.Errorf("got %q, %v", body, err)
		}
	}
}
