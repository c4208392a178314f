package load

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// maxErrors is the number of errors after which a connection gives up, so that a dead
// server does not cause a busy loop.
const maxErrors = 10

// worker keeps one connection busy.
type worker struct {
	dialer *dialer
	conn   net.Conn // nil when not connected
	inbox  inbox
	sent   time.Time // when the last request was sent

	latencies  []time.Duration
	errors     int
	firstError error
}

// connect opens the worker's connection, and closes the previous one.
func (w *worker) connect(ctx context.Context) (err error) {
	w.close()
	w.inbox.clear()
	w.conn, err = w.dialer.dial(ctx)
	return err
}

func (w *worker) close() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

// run sends one request after the other until the end. The end of ctx makes the
// connection fail.
func (w *worker) run(ctx context.Context, end time.Time) {
	for ctx.Err() == nil && time.Now().Before(end) {
		_ = w.conn.SetDeadline(end.Add(answerGrace))
		stop := context.AfterFunc(ctx, func() { _ = w.conn.SetDeadline(time.Now()) })
		w.converse(end)
		stop()
		if w.errors >= maxErrors || !time.Now().Before(end) {
			return
		}
		if err := w.connect(ctx); err != nil {
			w.fail(err)
			return
		}
	}
}

// converse sends one request after the other until the end, or until the next one needs
// a new connection.
func (w *worker) converse(end time.Time) {
	for w.sent = time.Now(); w.sent.Before(end) && w.errors < maxErrors; {
		if !w.note(w.exchange()) {
			return
		}
	}
}

// exchange sends one request and checks its answer. It reports whether the connection
// can carry another one.
func (w *worker) exchange() (reusable bool, err error) {
	if _, err := w.conn.Write(w.dialer.request); err != nil {
		return false, err
	}
	for {
		room, err := w.inbox.room()
		if err != nil {
			return false, err
		}
		n, err := w.conn.Read(room)
		w.inbox.came(n)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		reusable, err := w.inbox.check(err != nil)
		if !errors.Is(err, errIncomplete) {
			return reusable, err
		}
	}
}

// note counts an answer, and starts the time of the next one.
func (w *worker) note(reusable bool, err error) bool {
	now := time.Now()
	if err != nil {
		w.fail(err)
	} else {
		w.latencies = append(w.latencies, now.Sub(w.sent))
	}
	w.sent = now
	return reusable
}

func (w *worker) fail(err error) {
	w.errors++
	if w.firstError == nil {
		w.firstError = err
	}
}
