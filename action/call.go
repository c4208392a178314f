package action

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
)

// Call is one run of an action, as middleware sees it.
type Call struct {
	// Action is what is being run. It must not be changed.
	Action *Entry

	source    Source      // nil: the call has no input
	clock     *runContext // stands still while the source is read; nil: there is none
	described *Guard      // of the call that Describe makes

	mu     sync.Mutex
	params Params // nil until the source has been read

	once  sync.Once
	input any
	err   error
}

// Source has the parameters of a call. [Params] are one; the source of an HTTP request
// reads its body.
type Source interface {
	// Params returns the parameters. It is called at most once, when the input of
	// the call is asked for. The error is a [*fault.Error].
	Params(ctx context.Context) (Params, error)
}

// BodySource is a [Source] that arrives as bytes.
type BodySource interface {
	Source
	// HasBody reports whether there are bytes to read, for which Params and Body may
	// have to wait. Such a wait does not count for the action's timeout.
	HasBody() bool
	// Body reads the bytes and returns them as they are. Params can still be called
	// afterwards. The error is a [*fault.Error].
	Body(ctx context.Context) ([]byte, error)
}

// Params returns p: parameters that are known are a [Source].
func (p Params) Params(context.Context) (Params, error) { return p, nil }

// Input returns a pointer to the action's input. Middleware may change what it points
// to.
//
// The first call reads the parameters, binds them and checks them; the error says what
// is wrong with them, and a caller that is refused before it has cost nothing of that.
// Later calls return the same. The action itself asks for its input at last, so that
// an error of it does not depend on middleware. Middleware that holds something while
// it calls next, such as a transaction, asks for the input first.
func (c *Call) Input(ctx context.Context) (any, error) {
	c.once.Do(func() {
		c.err = errUnread // unless this returns
		c.input, c.err = c.bind(ctx)
	})
	return c.input, c.err
}

var errUnread = fault.Internal(errors.New("the input could not be read: its check has panicked"))

func (c *Call) bind(ctx context.Context) (any, error) {
	if c.source == nil {
		return nil, fault.Internal(fmt.Errorf("the call of %s has no input", c.Action.Name))
	}
	params, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	return c.Action.bind(ctx, params)
}

// read gets the parameters from their source.
func (c *Call) read(ctx context.Context) (Params, error) {
	if s, ok := c.source.(BodySource); ok && s.HasBody() {
		defer c.clock.pause()()
	}
	params, err := c.source.Params(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.params = params
	return params, err
}

// Body returns the bytes that the parameters arrived in: the body of an HTTP request, up
// to WEB_MAX_BODY_SIZE. It is nil for other transports. It is for middleware that
// checks a signature, before the input is bound. The bytes must not be changed.
func (c *Call) Body(ctx context.Context) ([]byte, error) {
	s, ok := c.source.(BodySource)
	if !ok || !s.HasBody() {
		return nil, nil
	}
	defer c.clock.pause()()
	return s.Body(ctx)
}

// sent returns the parameters as far as they have been read. Another goroutine may be
// reading them.
func (c *Call) sent() Params {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.params
}

// values is a [Source] of Go code.
type values struct{ of any }

// Params returns what [input.Values] makes of the value.
func (v values) Params(context.Context) (Params, error) {
	params, err := input.Values(v.of)
	if err != nil {
		return nil, &fault.Error{Type: fault.ConnectionActionParamFormatting, Message: err.Error(), Err: err}
	}
	return params, nil
}
