package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
	"github.com/keryx-go/keryx/internal/overdue"
)

// runner runs the function of one action under the action's timeout.
type runner struct {
	name          string
	timeout       time.Duration
	expired       *fault.Error // the cause of the end of a run that has reached the timeout
	hideInternals bool
	log           runLog

	running atomic.Int64
	pending *overdue.List // the runs that have begun just now
}

func (r *runner) init(a Action, o Options, plan *input.Plan) {
	r.name, r.hideInternals, r.pending = a.Name, o.HideInternals, overdue.NewList(grace)
	r.log = runLog{a.Name, o.Logger, plan, o.MaxParamLength, o.HideParams}
	if r.timeout = a.Timeout; r.timeout == 0 {
		r.timeout = o.Timeout
	}
	r.expired = &fault.Error{
		Type:    fault.ConnectionActionTimeout,
		Message: fmt.Sprintf("Action '%s' timed out after %dms", a.Name, r.timeout.Milliseconds()),
		Err:     context.DeadlineExceeded,
	}
}

type (
	work    func(context.Context) (any, error)
	deliver func(result any, err *fault.Error, early bool)
)

// await runs work in a goroutine of its own and returns as soon as there is an
// outcome. Work that ignores its context goes on until it returns.
func (r *runner) await(ctx context.Context, work work) (any, *fault.Error) {
	type outcome struct {
		result any
		err    *fault.Error
	}
	done := make(chan outcome, 1)
	go r.watch(ctx, time.Now(), work, func(result any, err *fault.Error, _ bool) { done <- outcome{result, err} })
	o := <-done
	return o.result, o.err
}

// watch runs work in this goroutine and delivers its outcome once. The action's
// timeout counts from start. A panic and a Goexit are errors. When the timeout
// passes, or the caller leaves, before work returns, watch delivers that error early,
// from another goroutine, while work still runs. If the caller has left already, work
// is not called.
func (r *runner) watch(ctx context.Context, start time.Time, work work, deliver deliver) {
	if err := ctx.Err(); err != nil {
		deliver(nil, r.failed(ctx, err), false)
		return
	}
	r.running.Add(1)
	defer r.running.Add(-1)
	var once claim
	once.sent.Add(1)
	run := newRunContext(ctx, r.pending, start, r.timeout, r.expired, func(ctx context.Context) {
		once.early(func() { deliver(nil, r.failed(ctx, ctx.Err()), true) })
	})
	defer run.end()
	result, err := r.protect(run, work, func(err *fault.Error) {
		if !once.early(func() { deliver(nil, err, true) }) {
			r.log.late(ctx, err)
		}
	})
	if err == nil && run.expiredBefore() { // and the goroutine that says so has yet to run
		r.discard(result)
		result, err = nil, r.failed(run, run.Err())
	}
	switch {
	case once.take():
		deliver(result, err, false)
	case err != nil && err.Trace != "":
		r.log.late(ctx, err)
	default:
		r.discard(result)
	}
}

// protect runs work and returns a panic as an error. A Goexit cannot be stopped: then
// protect calls exited and does not return.
func (r *runner) protect(ctx context.Context, work work, exited func(*fault.Error)) (result any, failure *fault.Error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if value := recover(); value != nil {
			result, failure = nil, r.panicked(value)
			return
		}
		exited(&fault.Error{Type: fault.ConnectionServerError, Message: fault.Hidden, Err: errExited, Trace: string(debug.Stack())})
	}()
	result, err := work(ctx)
	if err != nil {
		result, failure = nil, r.failed(ctx, err) // the methods of the app's error may panic, too
	}
	returned = true
	return result, failure
}

// discard releases a result that is no longer waited for.
func (r *runner) discard(result any) {
	defer func() {
		if value := recover(); value != nil { // there is no run any more that could fail
			err := r.panicked(value)
			r.log.logger.Error("cannot close a stream", "name", r.name, "error", err, "stack", err.Trace)
		}
	}()
	switch result := result.(type) {
	case *Response:
		if result.Stream != nil {
			result.Stream.Close()
		}
	case Stream:
		(&StreamRun{stream: result}).Close()
	}
}

var errExited = errors.New("the action called runtime.Goexit")

func (r *runner) panicked(value any) *fault.Error {
	err := fault.Internal(fmt.Errorf("panic: %v", value))
	err.Trace = string(debug.Stack())
	return fault.From(err, r.hideInternals)
}

// failed returns an error as clients see it: a timeout, a caller that left, or the
// error of the action itself.
func (r *runner) failed(ctx context.Context, err error) *fault.Error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		var expired *fault.Error
		switch {
		case errors.As(context.Cause(ctx), &expired):
			return fault.From(expired, r.hideInternals)
		case errors.Is(err, context.DeadlineExceeded):
			message := fmt.Sprintf("Action '%s' ran out of the time its caller had", r.name)
			return &fault.Error{Type: fault.ConnectionActionTimeout, Message: message, Err: err}
		}
		return &fault.Error{Type: fault.ConnectionActionRun, Message: "The caller went away", Status: 499, Err: err}
	}
	return fault.From(err, r.hideInternals)
}

// claim is held by the goroutine that delivers.
type claim struct {
	taken atomic.Bool
	sent  sync.WaitGroup
}

// early calls deliver, unless the outcome has been delivered, and reports whether it
// did. take waits until deliver has returned, so that the goroutine of work does not
// change what deliver reads.
func (c *claim) early(deliver func()) bool {
	if !c.taken.CompareAndSwap(false, true) {
		return false
	}
	defer c.sent.Done()
	deliver()
	return true
}

// take reports whether the outcome is still to be delivered.
func (c *claim) take() bool {
	if c.taken.CompareAndSwap(false, true) {
		return true
	}
	c.sent.Wait() // not a mutex: testing/synctest cannot see through one
	return false
}

// Response is what a transport sends for a run that succeeded.
type Response struct {
	// Status is the HTTP status. 0 means 200. It does not apply when HTTP is set.
	Status int
	// Header has headers of the HTTP response, or is nil.
	Header http.Header
	// JSON is the encoded result. Nil when there is a Stream.
	JSON []byte
	// HTTP is set when the result writes its own HTTP response, such as a
	// redirect or a file. Other transports show JSON, which is null when the
	// result cannot be encoded.
	HTTP http.Handler
	// Stream is set when the result is sent piece by piece. The transport runs
	// it, or closes it.
	Stream *StreamRun
}

// Outcome is the result of a run, or its error.
type Outcome struct {
	// Response is the result. Nil when there is an error.
	Response *Response
	// Err is why there is no response, or nil.
	Err *fault.Error
	// Early reports whether the goroutine of the run is not the one that delivers:
	// the action has ignored its context and still runs, or it has called
	// [runtime.Goexit]. A transport that writes to a buffer flushes it.
	Early bool
}

// Line is what is logged of a run, or of its stream.
type Line struct {
	Level slog.Level
	Attrs []slog.Attr
}

// LineSource is a [Source] of a transport that logs a line for each request itself.
type LineSource interface {
	Source
	// Log takes the line of a run, which is not logged otherwise, before the outcome
	// of the run is sent; and that of its stream, if any, when it has ended. That
	// one has all that the first one has.
	Log(ctx context.Context, line Line)
}

// runLog logs the runs of one action.
type runLog struct {
	name           string
	logger         *slog.Logger
	plan           *input.Plan // says which parameters are secret
	maxParamLength int         // in characters; 0: no limit
	hideParams     bool
}

// line logs a run, or a stream, that has ended: at level error when the server is at
// fault, and at info otherwise.
func (l *runLog) line(ctx context.Context, what string, call *Call, start time.Time, err *fault.Error, more ...slog.Attr) {
	level, status := slog.LevelInfo, "OK"
	if err != nil {
		status = string(err.Type)
		if err.HTTPStatus() >= http.StatusInternalServerError && !errors.Is(err, ErrStopping) {
			level = slog.LevelError
		}
	}
	logger := l.logger
	if !logger.Enabled(ctx, level) {
		return
	}
	from := connection.From(ctx)
	source, taken := call.source.(LineSource)
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs, slog.String("transport", from.Transport), slog.String("name", l.name), slog.String("status", status))
	if !taken {
		attrs = append(attrs, slog.Duration("duration", time.Since(start).Round(time.Microsecond)))
	}
	attrs = append(attrs, slog.Any("params", l.params(call.sent())))
	attrs = append(attrs, more...)
	if from.RemoteAddr != "" {
		attrs = append(attrs, slog.String("from", from.RemoteAddr))
	}
	if from.CorrelationID != "" {
		attrs = append(attrs, slog.String("correlationId", from.CorrelationID))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
		if err.Trace != "" {
			attrs = append(attrs, slog.String("stack", err.Trace))
		}
	}
	if taken {
		source.Log(ctx, Line{level, attrs})
		return
	}
	logger.LogAttrs(ctx, level, what, attrs...)
}

// late logs the panic of a run whose caller has its answer already.
func (l *runLog) late(ctx context.Context, err *fault.Error) {
	attrs := []slog.Attr{slog.String("name", l.name), slog.String("error", err.Error()), slog.String("stack", err.Trace)}
	l.logger.LogAttrs(ctx, slog.LevelError, "an action panicked after its caller had got an answer", attrs...)
}

// params returns the parameters for the log, without secrets, and with values cut
// to LOG_MAX_PARAM_LENGTH, or the names of those that were sent if LOG_PARAMS is false.
func (l *runLog) params(params Params) any {
	redacted := l.plan.Redact(params)
	if l.hideParams {
		return slices.Sorted(maps.Keys(redacted))
	}
	for key, value := range redacted {
		redacted[key] = shorten(value, l.maxParamLength)
	}
	return redacted
}

// shorten returns a value with at most limit characters; 0 is no limit.
func shorten(value any, limit int) any {
	switch v := value.(type) {
	case File:
		value = fileAttrs(v)
	case []File:
		files := make([]any, len(v))
		for i := range v {
			files[i] = fileAttrs(v[i])
		}
		value = files
	}
	if limit <= 0 {
		return value
	}
	switch v := value.(type) {
	case string:
		if utf8.RuneCountInString(v) > limit {
			return string([]rune(v)[:limit]) + "…"
		}
		return v
	case json.Number:
		if len(v) > limit {
			return shorten(string(v), limit)
		}
		return v
	case nil, bool, float64, int64:
		return v
	}
	encoded, err := json.Marshal(value)
	if err == nil && utf8.RuneCount(encoded) > limit {
		return string([]rune(string(encoded))[:limit]) + "…"
	}
	return value
}

func fileAttrs(f File) map[string]any {
	return map[string]any{"name": f.Name, "type": f.Type, "size": f.Size}
}
