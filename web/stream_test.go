package web_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/stream"
	"github.com/keryx-go/keryx/web"
)

// streams registers an action at GET /api/stream whose result is s.
func streams(s action.Stream) func(*action.Registry, *web.Server) {
	return func(r *action.Registry, _ *web.Server) {
		action.Handle(r, action.Action{Name: "stream", Web: action.GET("/stream"), Timeout: time.Minute},
			func(context.Context, struct{}) (action.Stream, error) { return s, nil })
	}
}

// open asks for the stream and returns the response, whose body is still to
// come.
func open(t *testing.T, ctx context.Context, url string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// waits is a producer that sends an event and then does nothing until its
// context ends, of which it tells the cause.
func waits() (*stream.EventStream, <-chan error) {
	ended := make(chan error, 1)
	return stream.Events(func(ctx context.Context, send *stream.Sender) error {
		if err := send.Event("", "begun"); err != nil {
			return err
		}
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	}), ended
}

// soon returns the next value of c, or fails the test after a while.
func soon[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("it did not happen")
		panic("unreachable")
	}
}

// TestEventsArriveAsTheyAreSent: the second is sent when the first has come.
func TestEventsArriveAsTheyAreSent(t *testing.T) {
	next := make(chan struct{})
	url := serve(t, options{}, streams(stream.Events(func(_ context.Context, send *stream.Sender) error {
		err := send.Send(stream.Event{Name: "counter", ID: "1", Data: map[string]int{"index": 1}})
		<-next
		return errors.Join(err, send.Event("", strings.Repeat("two\n", 1000)))
	})))
	r := open(t, t.Context(), url, "Accept-Encoding", "gzip")
	body := bufio.NewReader(r.Body)
	for _, want := range []string{"event: counter\n", "id: 1\n", "data: {\"index\":1}\n", "\n"} {
		if got, err := body.ReadString('\n'); got != want || err != nil {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
	close(next)
	rest, err := io.ReadAll(body)
	if err != nil || string(rest) != strings.Repeat("data: two\n", 1000)+"data: \n\n" {
		t.Errorf("got %q, %v", rest, err)
	}
	for key, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no",
		"Content-Encoding": "", "Content-Length": "", "X-Server-Name": "tester", "X-Frame-Options": "DENY",
	} {
		if got := r.Header.Get(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if r.StatusCode != http.StatusOK {
		t.Errorf("status %d", r.StatusCode)
	}
}

// TestEventStreamOpensAtOnce: before there is any event.
func TestEventStreamOpensAtOnce(t *testing.T) {
	release := make(chan struct{})
	url := serve(t, options{}, streams(stream.Events(func(context.Context, *stream.Sender) error { <-release; return nil })))
	r := open(t, t.Context(), url)
	close(release)
	if body, err := io.ReadAll(r.Body); len(body) != 0 || err != nil {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestHeartbeatsReachTheClient(t *testing.T) {
	s, ended := waits()
	s.Heartbeat = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	body := bufio.NewReader(open(t, ctx, serve(t, options{}, streams(s))).Body)
	for _, want := range []string{"data: begun\n", "\n", ":\n", "\n", ":\n", "\n"} {
		if got, err := body.ReadString('\n'); got != want || err != nil {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
	cancel()
	soon(t, ended)
}

// TestStreamsThatFail: no client takes a half for the whole.
func TestStreamsThatFail(t *testing.T) {
	boom := errors.New("boom")
	chunks := func(text string, fail func() error) *stream.ChunkStream {
		return stream.Chunks("text/csv", func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, text)
			return errors.Join(err, fail())
		})
	}
	events := func(fail func() error) *stream.EventStream {
		return stream.Events(func(_ context.Context, send *stream.Sender) error {
			return errors.Join(send.Event("", 1), fail())
		})
	}
	failure := `event: error` + "\n" + `data: {"error":{"message":"`
	for name, test := range map[string]struct {
		stream action.Stream
		status int
		want   string // how the body begins
		cut    bool
	}{
		"events":            {events(func() error { return boom }), 200, "data: 1\n\n" + failure + "boom", false},
		"events, a panic":   {events(func() error { panic("ouch") }), 200, "data: 1\n\n" + failure + "panic: ouch", false},
		"events, a Goexit":  {events(func() error { runtime.Goexit(); return nil }), 200, "data: 1\n\n" + failure + "Internal server error", false},
		"an event's name":   {stream.Events(func(_ context.Context, send *stream.Sender) error { return send.Event("a\nb", 1) }), 200, failure + `the name \"a\\nb\"`, false},
		"chunks":            {chunks("a,b\n", func() error { return boom }), 200, "a,b\n", true},
		"chunks, a panic":   {chunks("a,b\n", func() error { panic("ouch") }), 200, "a,b\n", true},
		"chunks, a Goexit":  {chunks("a,b\n", func() error { runtime.Goexit(); return nil }), 200, "a,b\n", true},
		"chunks, at once":   {chunks("", func() error { return boom }), 500, `{"error":{"message":"boom"`, false},
		"chunks, in 429":    {chunks("", func() error { return &fault.Error{Type: fault.ConnectionRateLimited, Message: "slower"} }), 429, `{"error":{"message":"slower"`, false},
		"chunks, no memory": {chunks(strings.Repeat("x", 10_000), func() error { return boom }), 200, "xxx", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, t.Context(), serve(t, options{}, streams(test.stream)), "Accept-Encoding", "gzip")
			body, err := io.ReadAll(r.Body)
			if r.StatusCode != test.status || !strings.HasPrefix(string(body), test.want) {
				t.Errorf("status %d: %s", r.StatusCode, body)
			}
			if cut := errors.Is(err, io.ErrUnexpectedEOF); cut != test.cut || !cut && err != nil {
				t.Errorf("the body ends with %v", err)
			}
			if contentType := r.Header.Get("Content-Type"); test.status != 200 && (contentType != "application/json" || r.Header.Get("X-Accel-Buffering") != "") {
				t.Errorf("the error is sent with %v", r.Header)
			}
		})
	}
}

func TestChunkedBody(t *testing.T) {
	url := serve(t, options{}, streams(stream.Reader("text/csv", strings.NewReader(strings.Repeat("a,b\n", 50_000)))))
	r := open(t, t.Context(), url, "Accept-Encoding", "gzip")
	body, err := io.ReadAll(r.Body)
	if len(body) != 200_000 || err != nil || r.Header.Get("Content-Encoding") != "" || r.Header.Get("Content-Type") != "text/csv" || r.Header.Get("Cache-Control") != "no-transform" {
		t.Errorf("%d bytes, %v, with %v", len(body), err, r.Header)
	}
}

func TestEmptyStream(t *testing.T) {
	r := open(t, t.Context(), serve(t, options{}, streams(stream.Chunks("text/csv", func(context.Context, io.Writer) error { return nil }))))
	if body, err := io.ReadAll(r.Body); len(body) != 0 || err != nil || r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/csv" {
		t.Errorf("%d %q, %v", r.StatusCode, body, err)
	}
}

// TestAConnectionServesOnAfterAStream: one that has ended as it should.
func TestAConnectionServesOnAfterAStream(t *testing.T) {
	s := start(t, []string{"WEB_READ_TIMEOUT=200"}, streams(stream.Events(func(_ context.Context, send *stream.Sender) error { return send.Event("", 1) })))
	c := dial(t, s.URL())
	in := bufio.NewReader(c)
	for range 3 {
		if _, err := io.WriteString(c, "GET /api/stream HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(r.Body); string(body) != "data: 1\n\n" || err != nil {
			t.Errorf("got %q, %v", body, err)
		}
		_ = r.Body.Close()
	}
}

// closed is a reader that tells when it is closed.
type closed struct {
	io.Reader
	once sync.Once
	done chan struct{}
}

func (c *closed) Close() error { c.once.Do(func() { close(c.done) }); return nil }

func TestHeadRunsNoProducer(t *testing.T) {
	body := &closed{Reader: strings.NewReader("x"), done: make(chan struct{})}
	s := stream.Reader("text/csv", body)
	url := serve(t, options{}, streams(s))
	r := ask(t, http.MethodHead, url+"/api/stream", "", "")
	if r.status != 200 || r.header.Get("Content-Type") != "text/csv" || r.body != "" {
		t.Errorf("got %+v", r)
	}
	soon(t, body.done)
	if n, _ := body.Read(make([]byte, 1)); n != 1 {
		t.Error("the stream was produced")
	}
}

// TestAClientThatLeaves ends the stream, while nothing is being written.
func TestAClientThatLeaves(t *testing.T) {
	s, ended := waits()
	s.Heartbeat = -1
	ctx, cancel := context.WithCancel(t.Context())
	body := bufio.NewReader(open(t, ctx, serve(t, options{}, streams(s))).Body)
	if line, err := body.ReadString('\n'); line != "data: begun\n" || err != nil {
		t.Fatalf("got %q, %v", line, err)
	}
	cancel()
	if err := soon(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("the cause is %v", err)
	}
}

// TestAClientThatDoesNotRead is given up, and its producer with it, even one
// that waits for something else.
func TestAClientThatDoesNotRead(t *testing.T) {
	ended := make(chan error, 1)
	s := start(t, []string{"WEB_WRITE_TIMEOUT=300"}, streams(stream.Chunks("", func(ctx context.Context, w io.Writer) error {
		_, err := w.Write(make([]byte, 1<<20))
		for err == nil {
			_, err = w.Write(make([]byte, 1<<20))
		}
		<-ctx.Done()
		ended <- ctx.Err()
		return err
	})))
	c := dial(t, s.URL())
	if err := c.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET /api/stream HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := soon(t, ended); err == nil {
		t.Error("the producer's context has not ended")
	}
}

// TestStreamsOutliveTimeouts: those of the request, and of writes that are not
// going on.
func TestStreamsOutliveTimeouts(t *testing.T) {
	t.Parallel()
	s := start(t, []string{"WEB_READ_TIMEOUT=100", "WEB_WRITE_TIMEOUT=100", "WEB_IDLE_TIMEOUT=100"}, streams(stream.Events(func(ctx context.Context, send *stream.Sender) error {
		for range 3 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(250 * time.Millisecond):
			}
			if err := send.Event("", 1); err != nil {
				return err
			}
		}
		return nil
	})))
	if body, err := io.ReadAll(open(t, t.Context(), s.URL()).Body); string(body) != strings.Repeat("data: 1\n\n", 3) || err != nil {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestLastEventIDReachesTheProducer(t *testing.T) {
	url := serve(t, options{}, streams(stream.Events(func(ctx context.Context, send *stream.Sender) error {
		return send.Event("", "after "+stream.LastEventID(ctx))
	})))
	if body, _ := io.ReadAll(open(t, t.Context(), url, "Last-Event-ID", "41").Body); string(body) != "data: after 41\n\n" {
		t.Errorf("got %q", body)
	}
}
