package web

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/action"
)

// streamHeader sets headers that ask proxies not to buffer, and reports whether the
// pieces are events. Streams are not compressed: a compressor delays events, and holds
// most of a megabyte while the stream runs.
func streamHeader(h http.Header, contentType string) (events bool) {
	events = contentType == "text/event-stream"
	h.Set("Content-Type", contentType)
	h.Set("X-Accel-Buffering", "no") // for nginx
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-transform")
		if events {
			h.Set("Cache-Control", "no-cache")
		}
	}
	return events
}

// streamless removes the headers of streamHeader.
func streamless(h http.Header) {
	h.Del("X-Accel-Buffering")
	h.Del("Cache-Control")
}

// The time that streams have to end when the server drains. It is short for events,
// whose clients connect again to another node. Other streams are responses like any
// other, but some never end.
const eventGrace = 5 * time.Second

// streams sends streams, and ends them when the server drains.
type streams struct{ drain atomic.Pointer[drain] }

// drain ends the streams of one run of the server.
type drain struct {
	events, others       context.Context
	endEvents, endOthers context.CancelFunc
}

// begin is called when the server starts.
func (s *streams) begin() {
	d := &drain{}
	d.events, d.endEvents = context.WithCancel(context.Background())
	d.others, d.endOthers = context.WithCancel(context.Background())
	s.drain.Store(d)
}

// until calls end when a stream must end, unless stop is called before.
func (s *streams) until(events bool, end func()) (stop func() bool) {
	d := s.drain.Load()
	switch {
	case d == nil: // a server that is not ours listens
		return func() bool { return true }
	case events:
		return context.AfterFunc(d.events, end)
	}
	return context.AfterFunc(d.others, end)
}

// end ends the streams while the server drains, before ctx ends. The function that it
// returns releases its timers.
func (s *streams) end(ctx context.Context) (done func()) {
	d := s.drain.Load()
	grace := eventGrace
	timers := []*time.Timer{}
	if deadline, ok := ctx.Deadline(); ok {
		half := time.Until(deadline) / 2
		grace = min(grace, half)
		timers = append(timers, time.AfterFunc(half, d.endOthers))
	}
	timers = append(timers, time.AfterFunc(grace, d.endEvents))
	return func() {
		for _, t := range timers {
			t.Stop()
		}
		d.endEvents()
		d.endOthers()
	}
}

// send sends a result piece by piece, each at once. The stream ends when the client
// leaves, when it does not take the written bytes within the write timeout, and when
// the server drains.
func (s *streams) send(ctx context.Context, w http.ResponseWriter, r *http.Request, run *action.StreamRun, errors errorWriter) {
	events := streamHeader(w.Header(), run.ContentType())
	if r.Method == http.MethodHead {
		run.Close()
		w.WriteHeader(http.StatusOK)
		return
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer s.until(events, func() { cancel(action.ErrStopping) })()

	out := http.NewResponseController(w)
	defer context.AfterFunc(ctx, func() { _ = out.SetWriteDeadline(time.Now()) })()

	opened := false
	run.IncludeStack = errors.includeStack
	err := run.Produce(ctx, func(piece []byte) error {
		if !opened {
			opened = true
			w.WriteHeader(http.StatusOK)
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
		return out.Flush()
	})
	switch {
	case err == nil && !opened: // it was empty
		w.WriteHeader(http.StatusOK)
	case err == nil:
	case !opened && ctx.Err() == nil:
		streamless(w.Header())
		errors.write(w, r, err)
	default:
		panic(http.ErrAbortHandler) // or a half would look like the whole
	}
}
