package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// funcHandler is the handler of [Server.HandleFunc].
type funcHandler struct {
	external *action.External
	caller   func(*http.Request) *connection.Connection
	attach   func(context.Context) context.Context // nil: adds nothing
	pages    pages
}

func newFuncHandler(
	name string, f func(http.ResponseWriter, *http.Request) error, middleware []action.Middleware,
	caller func(*http.Request) *connection.Connection, attach func(context.Context) context.Context, pages pages,
) *funcHandler {
	run := func(ctx context.Context) (any, error) {
		x := ctx.Value(exchangeKey{}).(*exchange)
		x.called = true
		r := x.request.WithContext(ctx)
		defer removeForm(r)
		return nil, f(x.reply, r)
	}
	return &funcHandler{action.NewExternal(name, run, middleware...), caller, attach, pages}
}

// exchange is one request to a funcHandler and its reply.
type exchange struct {
	request *http.Request
	reply   *replyWriter
	called  bool // the function has been called
}

type exchangeKey struct{}

// ServeHTTP answers one request.
func (h *funcHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.pages.check(r); err != nil {
		WriteError(w, r, err)
		return
	}
	caller := h.caller(r)
	ctx := connection.With(r.Context(), caller)
	if h.attach != nil {
		ctx = h.attach(ctx)
	}
	accessOf(w).run(ctx, action.Line{})
	x := &exchange{request: r, reply: &replyWriter{ResponseWriter: w, caller: caller}}
	result, err := h.external.Run(context.WithValue(ctx, exchangeKey{}, x), r.PathValue)
	switch {
	case err != nil:
		h.fail(x, r.WithContext(ctx), err)
	case !x.called:
		h.answer(x, r.WithContext(ctx), result)
	default:
		x.reply.begin() // an empty body has headers, too
	}
}

// answer writes the result of a middleware that has answered in place of the function.
func (h *funcHandler) answer(x *exchange, r *http.Request, result any) {
	if result, ok := result.(http.Handler); ok {
		result.ServeHTTP(x.reply, r)
		return
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		h.fail(x, r, fault.Internal(fmt.Errorf("the result of %s cannot be encoded: %w", h.external.Name(), err)))
		return
	}
	writeJSON(x.reply, http.StatusOK, encoded)
}

// fail writes an error, or cuts a response that has begun.
func (h *funcHandler) fail(x *exchange, r *http.Request, err error) {
	if !x.reply.begun {
		WriteError(x.reply, r, err)
		return
	}
	if within := guardedOf(x.reply); within != nil && r.Context().Err() == nil {
		logFailure(within.logger, r, err, fault.From(err, false))
	}
	if !x.reply.hijacked {
		panic(http.ErrAbortHandler)
	}
}
