package load

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/valyala/fasthttp"
)

// maxErrors is after how many errors a connection gives up, so that a dead
// server does not make a busy loop.
const maxErrors = 10

// maxBody bounds the body of an answer, in bytes.
const maxBody = 1 << 20

// worker keeps one connection busy.
type worker struct {
	*connection
	dialer   *dialer
	response fasthttp.Response
	expected []byte

	latencies  []time.Duration
	errors     int
	firstError error
}

// connect opens the worker's connection, in place of the one it has.
func (w *worker) connect(ctx context.Context) (err error) {
	w.close()
	w.connection, err = w.dialer.dial(ctx)
	return err
}

func (w *worker) close() {
	if w.connection != nil {
		w.connection.close()
		w.connection = nil
	}
}

// run sends request after request until the end. The end of ctx makes the
// connection fail.
func (w *worker) run(ctx context.Context, end time.Time) {
	w.limit(end.Add(grace))
	for sent := time.Now(); sent.Before(end); {
		reusable, err := w.exchange()
		answered := time.Now()
		if err == nil {
			w.latencies = append(w.latencies, answered.Sub(sent))
		} else if w.fail(err); w.errors >= maxErrors || ctx.Err() != nil {
			return
		}
		if !reusable {
			if err := w.connect(ctx); err != nil {
				w.fail(err)
				return
			}
			w.limit(end.Add(grace))
			answered = time.Now()
		}
		sent = answered
	}
}

func (w *worker) fail(err error) {
	w.errors++
	if w.firstError == nil {
		w.firstError = err
	}
}

// exchange sends one request and checks its answer. It tells whether the
// connection can carry another one.
func (w *worker) exchange() (reusable bool, err error) {
	if _, err := w.conn.Write(w.dialer.request); err != nil {
		return false, err
	}
	if err := w.response.ReadLimitBody(w.reader, maxBody); err != nil {
		return false, err
	}
	reusable = !w.response.ConnectionClose()
	if status := w.response.StatusCode(); status != fasthttp.StatusOK {
		return reusable, fmt.Errorf("status %d, expected 200: %s", status, shorten(w.response.Body()))
	}
	if body := w.response.Body(); !bytes.Equal(body, w.expected) {
		return reusable, fmt.Errorf("the body is %s, expected %s", shorten(body), shorten(w.expected))
	}
	return reusable, nil
}

// shorten quotes the beginning of a body.
func shorten(body []byte) string {
	const limit = 200
	if len(body) > limit {
		return fmt.Sprintf("%q…", body[:limit])
	}
	return fmt.Sprintf("%q", body)
}
