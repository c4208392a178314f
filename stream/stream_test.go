package stream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/stream"
)

// events is a stream of given events.
func events(list ...stream.Event) *stream.EventStream {
	return stream.Events(func(_ context.Context, send *stream.Sender) error {
		for _, e := range list {
			if err := send.Send(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestFrames: the bytes of the wire.
func TestFrames(t *testing.T) {
	type point struct {
		X, Y int
	}
	for want, event := range map[string]stream.Event{
		"event: counter\ndata: {\"index\":1,\"total\":5}\n\n": {Name: "counter", Data: json.RawMessage(`{"index":1, "total":5}`)},
		"event: a\nid: 7\ndata: {\"X\":1,\"Y\":2}\n\n":        {Name: "a", ID: "7", Data: point{1, 2}},
		"id: 7\ndata: text\n\n":                               {ID: "7", Data: "text"},
		"data: two\ndata: lines\n\n":                          {Data: "two\nlines"},
		"data: a\ndata: b\ndata: \ndata: c\ndata: \n\n":       {Data: "a\r\nb\n\rc\r"},
		"data: \n\n":                      {Data: ""},
		"data: null\n\n":                  {},
		"data: 5\n\n":                     {Data: 5},
		"data: \"\\n\"\n\n":               {Data: json.RawMessage(`"\n"`)},
		"event:  space\ndata:  space\n\n": {Name: " space", Data: " space"},
	} {
		pieces, err := produced(t.Context(), events(event))
		if got := strings.Join(pieces, ""); got != want || err != nil {
			t.Errorf("%+v is sent as %q, %v; want %q", event, got, err, want)
		}
	}
}

// TestFramesThatAreRefused: a name from a client must not be able to add an event.
func TestFramesThatAreRefused(t *testing.T) {
	for _, bad := range []string{"a\nb", "a\rb", "\n", "a\x00", "\xff"} {
		for _, event := range []stream.Event{{Name: bad, Data: 1}, {ID: bad, Data: 1}} {
			if pieces, err := produced(t.Context(), events(event)); err == nil || strings.Join(pieces, "") != "" {
				t.Errorf("%+v is sent as %q", event, pieces)
			}
			if _, err := events(event).Collect(t.Context()); err == nil {
				t.Errorf("%+v is collected", event)
			}
		}
	}
	if _, err := produced(t.Context(), events(stream.Event{Data: math.NaN()})); err == nil {
		t.Error("NaN was sent")
	}
}

func TestEventStreamCollects(t *testing.T) {
	value := map[string]int{"n": 1}
	s := stream.Events(func(_ context.Context, send *stream.Sender) error {
		err := send.Event("counter", value)
		value["n"] = 2 // it was sent as it was
		return errors.Join(err, send.Send(stream.Event{ID: "7", Data: "text\r\n"}))
	})
	all, err := s.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(all)
	if want := `[{"event":"counter","data":{"n":1}},{"id":"7","data":"text\r\n"}]`; string(got) != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	all, err = events().Collect(t.Context())
	if got, _ := json.Marshal(all); string(got) != "[]" || err != nil {
		t.Errorf("nothing is collected as %s, %v", got, err)
	}
}

func TestCollectKeepsWhatCameBeforeAnError(t *testing.T) {
	boom := errors.New("boom")
	all, err := stream.Events(func(_ context.Context, send *stream.Sender) error {
		return errors.Join(send.Event("", 1), boom)
	}).Collect(t.Context())
	if got, _ := json.Marshal(all); string(got) != `[{"data":1}]` || !errors.Is(err, boom) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestRetryAndOpening(t *testing.T) {
	s := events()
	if pieces, err := produced(t.Context(), s); len(pieces) != 1 || pieces[0] != "" || err != nil {
		t.Errorf("it opens with %q, %v", pieces, err)
	}
	s.Retry = 1500 * time.Millisecond
	if pieces, err := produced(over(t.Context(), connection.Web), s); len(pieces) != 1 || pieces[0] != "retry: 1500\n\n" || err != nil {
		t.Errorf("it opens with %q, %v", pieces, err)
	}
	if pieces, err := produced(over(t.Context(), connection.WebSocket), s); len(pieces) != 1 || pieces[0] != "" || err != nil {
		t.Errorf("over a WebSocket it opens with %q, %v", pieces, err)
	}
	gone := errors.New("gone")
	if err := s.Produce(t.Context(), func([]byte) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

func TestHeartbeat(t *testing.T) {
	for name, test := range map[string]struct {
		every     time.Duration
		transport string
		want      string // what is sent, with the seconds
	}{
		"default":          {0, connection.Web, "0: 15:: 30:: 40:data: x 55:: 70::"},
		"chosen":           {30 * time.Second, connection.Web, "0: 30:: 40:data: x 70::"},
		"none":             {-1, connection.Web, "0: 40:data: x"},
		"over a WebSocket": {time.Second, connection.WebSocket, "0: 40:data: x"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := stream.Events(func(_ context.Context, send *stream.Sender) error {
				time.Sleep(40 * time.Second)
				err := send.Event("", "x")
				time.Sleep(31 * time.Second)
				return err
			})
			s.Heartbeat = test.every
			start := time.Now()
			var sent []string
			err := s.Produce(over(t.Context(), test.transport), func(p []byte) error {
				sent = append(sent, fmt.Sprintf("%.0f:%s", time.Since(start).Seconds(), strings.TrimSpace(string(p))))
				return nil
			})
			time.Sleep(time.Hour) // nothing comes after the end
			if got := strings.Join(sent, " "); got != test.want || err != nil {
				t.Errorf("%s: sent %s, %v, want %s", name, got, err, test.want)
			}
		})
	}
}

// TestHeartbeatThatFails is the last one.
func TestHeartbeatThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.Events(func(context.Context, *stream.Sender) error { time.Sleep(time.Hour); return nil })
		calls := 0
		err := s.Produce(over(t.Context(), connection.Web), func(p []byte) error {
			calls++
			if len(p) > 0 {
				return errors.New("gone")
			}
			return nil
		})
		if calls != 2 || err != nil {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
}

func TestSenderIsSafe(t *testing.T) {
	var left *stream.Sender
	s := stream.Events(func(_ context.Context, send *stream.Sender) error {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 100 {
					_ = send.Event("a", "b")
				}
			})
		}
		all.Wait()
		left = send
		return nil
	})
	s.Heartbeat = time.Microsecond
	count := 0
	err := s.Produce(over(t.Context(), connection.Web), func(p []byte) error {
		switch string(p) {
		case "event: a\ndata: b\n\n":
			count++
		case "", ":\n\n":
		default:
			t.Errorf("sent %q", p)
		}
		return nil
	})
	if count != 800 || err != nil {
		t.Errorf("sent %d, %v", count, err)
	}
	if left.Event("", 1) == nil || count != 800 {
		t.Error("an event was sent after the end")
	}
	all, err := s.Collect(t.Context())
	if list, ok := all.([]stream.Event); !ok || len(list) != 800 || err != nil {
		t.Errorf("collected %T, %v", all, err)
	}
}

func TestFailureOfEvents(t *testing.T) {
	if got := string(events().Failure([]byte(`{"error":{}}`))); got != "event: error\ndata: {\"error\":{}}\n\n" {
		t.Errorf("got %q", got)
	}
}

func TestLastEventID(t *testing.T) {
	for transport, want := range map[string]string{connection.Web: "7", connection.WebSocket: "", connection.CLI: ""} {
		if got := stream.LastEventID(over(t.Context(), transport, "Last-Event-ID", "7")); got != want {
			t.Errorf("%s: got %q, want %q", transport, got, want)
		}
	}
	if got := stream.LastEventID(t.Context()); got != "" {
		t.Errorf("got %q", got)
	}
}
