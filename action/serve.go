package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// Response is what a transport sends for a run that succeeded.
type Response struct {
	// JSON is the encoded result. Nil when there is a Stream.
	JSON []byte
	// HTTP is set when the result writes its own HTTP response, such as a
	// redirect or a file. JSON is then what the other transports show: null
	// when the result has none.
	HTTP http.Handler
	// Stream is set when the result is sent piece by piece. The transport runs
	// it, or closes it.
	Stream *StreamRun
}

// Outcome is what a run for a transport came to.
type Outcome struct {
	// Response is the result. Nil when there is an error.
	Response *Response
	// Err is why there is no response, or nil.
	Err *fault.Error
	// Early says that the goroutine of the run does not go on from here, as yet
	// or at all: the action does not heed its context and still runs, or it has
	// called [runtime.Goexit]. A transport that writes to a buffer flushes it.
	Early bool
}

// Serve runs the action for a transport: it binds params, runs the action
// under its timeout, encodes the result, and logs one line. Whatever the
// action does, the result or the error can be sent as it is.
func (e *Entry) Serve(ctx context.Context, params Params) (*Response, *fault.Error) {
	done := make(chan Outcome, 1)
	go e.ServeTo(ctx, params, func(o Outcome) { done <- o })
	o := <-done
	return o.Response, o.Err
}

// ServeTo is [Entry.Serve] for a transport that has a goroutine to run the
// action in: this one. It hands the outcome to send, once. Usually that is
// before it returns, in the same goroutine; but when the action's time is over,
// or the caller gone, send is called from another goroutine while the action
// still runs. ServeTo returns when the action and send have.
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

// encode runs within the watch: a MarshalJSON of the app may panic or hang
// like the action itself.
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

// logLine writes the line of one run of what, when it is over: at level info when it went well,
// the client is to blame or the server stops, at error otherwise.
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

// loggedParams returns the parameters for the log: secrets replaced, and each
// value cut to the longest allowed.
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
