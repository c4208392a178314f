package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
)

// act runs the action for Go code, without encoding the result.
func (e *Entry) act(ctx context.Context, params any) (any, *fault.Error) {
	return e.await(ctx, func(ctx context.Context) (any, error) {
		values, err := input.Values(params)
		if err != nil {
			return nil, &fault.Error{Type: fault.ConnectionActionParamFormatting, Message: err.Error(), Err: err}
		}
		return e.call(ctx, values)
	})
}

// call binds the parameters and runs the action in its middleware.
func (e *Entry) call(ctx context.Context, params Params) (any, error) {
	in, err := e.bind(ctx, params)
	if err != nil {
		return nil, err
	}
	return e.chain()(ctx, &Call{Action: e, Input: in})
}

// await runs work in a goroutine of its own and returns as soon as there is an
// outcome. Work that ignores its context goes on until it returns.
func (e *Entry) await(ctx context.Context, work work) (any, *fault.Error) {
	type outcome struct {
		result any
		err    *fault.Error
	}
	done := make(chan outcome, 1)
	go e.watch(ctx, time.Now(), work, func(result any, err *fault.Error, _ bool) { done <- outcome{result, err} })
	o := <-done
	return o.result, o.err
}

type (
	work    func(context.Context) (any, error)
	deliver func(result any, err *fault.Error, early bool)
)

// watch runs work in this goroutine and delivers its outcome once. The action's
// timeout counts from start. A panic and a Goexit are errors. When the timeout
// passes, or the caller leaves, before work returns, watch delivers that error early,
// from another goroutine, while work still runs. If the caller has left already, work
// is not called.
func (e *Entry) watch(ctx context.Context, start time.Time, work work, deliver deliver) {
	if err := ctx.Err(); err != nil {
		deliver(nil, e.failed(ctx, err), false)
		return
	}
	e.running.Add(1)
	defer e.running.Add(-1)
	var once claim
	once.sent.Add(1)
	r := newRunContext(ctx, e.pending, start, e.timeout, e.expired, func(ctx context.Context) {
		once.early(func() { deliver(nil, e.failed(ctx, ctx.Err()), true) })
	})
	defer r.end()
	result, err := e.protect(r, work, func(err *fault.Error) {
		once.early(func() { deliver(nil, err, true) })
	})
	if once.take() {
		deliver(result, err, false)
	} else {
		e.discard(result)
	}
}

// protect runs work and returns a panic as an error. A Goexit cannot be stopped: then
// protect calls exited and does not return.
func (e *Entry) protect(ctx context.Context, work work, exited func(*fault.Error)) (result any, failure *fault.Error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if r := recover(); r != nil {
			result, failure = nil, e.panicked(r)
			return
		}
		exited(&fault.Error{Type: fault.ConnectionServerError, Message: fault.Hidden, Err: errExited, Trace: string(debug.Stack())})
	}()
	result, err := work(ctx)
	if err != nil {
		result, failure = nil, e.failed(ctx, err) // the methods of the app's error may panic, too
	}
	returned = true
	return result, failure
}

// claim is held by the goroutine that delivers.
type claim struct {
	taken atomic.Bool
	sent  sync.WaitGroup
}

// early calls deliver, unless the outcome has been delivered. take waits until deliver
// has returned, so that the goroutine of work does not change what deliver reads.
func (c *claim) early(deliver func()) {
	if c.taken.CompareAndSwap(false, true) {
		defer c.sent.Done()
		deliver()
	}
}

// take reports whether the outcome is still to be delivered.
func (c *claim) take() bool {
	if c.taken.CompareAndSwap(false, true) {
		return true
	}
	c.sent.Wait() // not a mutex: testing/synctest cannot see through one
	return false
}

var errExited = errors.New("the action called runtime.Goexit")

func (e *Entry) panicked(value any) *fault.Error {
	err := fault.Internal(fmt.Errorf("panic: %v", value))
	err.Trace = string(debug.Stack())
	return fault.From(err, e.registry.options.HideInternals)
}

// failed returns an error as clients see it: a timeout, a caller that left, or the
// error of the action itself.
func (e *Entry) failed(ctx context.Context, err error) *fault.Error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		var expired *fault.Error
		switch {
		case errors.As(context.Cause(ctx), &expired):
			return fault.From(expired, e.registry.options.HideInternals)
		case errors.Is(err, context.DeadlineExceeded):
			message := fmt.Sprintf("Action '%s' ran out of the time its caller had", e.Name)
			return &fault.Error{Type: fault.ConnectionActionTimeout, Message: message, Err: err}
		}
		return &fault.Error{Type: fault.ConnectionActionRun, Message: "The caller went away", Status: 499, Err: err}
	}
	return fault.From(err, e.registry.options.HideInternals)
}

// Response is what a transport sends for a run that succeeded.
type Response struct {
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

// Serve runs the action for a transport: it binds params, runs the action
// under its timeout, encodes the result, and logs one line. The transport sends the
// response or the error as it is.
func (e *Entry) Serve(ctx context.Context, params Params) (*Response, *fault.Error) {
	done := make(chan Outcome, 1)
	go e.ServeTo(ctx, params, func(o Outcome) { done <- o })
	o := <-done
	return o.Response, o.Err
}

// ServeTo is [Entry.Serve] in the goroutine of its caller. It calls send once, with
// the outcome. Usually it does so in the same goroutine, before it returns. When the
// action's timeout passes or the caller leaves, another goroutine calls send while
// the action still runs. ServeTo returns when both the action and send have.
func (e *Entry) ServeTo(ctx context.Context, params Params, send func(Outcome)) {
	start := time.Now()
	e.watch(ctx, start, func(ctx context.Context) (any, error) {
		result, err := e.call(ctx, params)
		if err != nil {
			return nil, err
		}
		return e.encode(result, params)
	}, func(result any, err *fault.Error, early bool) {
		e.logLine(ctx, "action", params, start, err)
		response, _ := result.(*Response) // nil when there is an error
		send(Outcome{response, err, early})
	})
}

// encode is called by the work that watch runs: a MarshalJSON of the app may panic or
// hang like the action itself.
func (e *Entry) encode(result any, params Params) (*Response, error) {
	if s, ok := result.(Stream); ok {
		return &Response{Stream: &StreamRun{entry: e, stream: s, contentType: s.ContentType(), params: params}}, nil
	}
	handler, ok := result.(http.Handler)
	if !ok {
		encoded, err := e.encodeJSON(result)
		if err != nil {
			return nil, err
		}
		return &Response{JSON: encoded}, nil
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		encoded = []byte("null")
	}
	return &Response{JSON: encoded, HTTP: handler}, nil
}

func (e *Entry) encodeJSON(result any) ([]byte, error) {
	encoded, err := json.Marshal(result)
	if err == nil {
		return encoded, nil
	}
	return nil, fault.Internal(fmt.Errorf("the result of %s cannot be encoded: %w", e.Name, err))
}

// logLine logs a run, or a stream, that has ended: at level error when the server is at
// fault, and at info otherwise.
func (e *Entry) logLine(ctx context.Context, what string, params Params, start time.Time, err *fault.Error, more ...slog.Attr) {
	level, status := slog.LevelInfo, "OK"
	if err != nil {
		status = string(err.Type)
		if err.HTTPStatus() >= http.StatusInternalServerError && !errors.Is(err, ErrStopping) {
			level = slog.LevelError
		}
	}
	logger := e.registry.options.Logger
	if !logger.Enabled(ctx, level) {
		return
	}
	from := connection.From(ctx)
	attrs := []slog.Attr{
		slog.String("transport", from.Transport),
		slog.String("name", e.Name),
		slog.String("status", status),
		slog.Duration("duration", time.Since(start).Round(time.Microsecond)),
		slog.Any("params", e.loggedParams(params)),
	}
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
	logger.LogAttrs(ctx, level, what, attrs...)
}

// loggedParams returns the parameters for the log, without secrets, and with values cut
// to LOG_MAX_PARAM_LENGTH.
func (e *Entry) loggedParams(params Params) map[string]any {
	redacted := e.plan.Redact(params)
	for key, value := range redacted {
		redacted[key] = shorten(value, e.registry.options.MaxParamLength)
	}
	return redacted
}

func shorten(value any, limit int) any {
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
