package action

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/keryx-go/keryx/fault"
)

// Call is one run of an action, as middleware sees it. It must not be copied.
type Call struct {
	// Action is what is being run. It must not be changed.
	Action *Entry

	source    Source      // nil: the call has no input
	clock     *runContext // stands still while the source is read; nil: there is none
	described *Guard      // of the call that Describe makes

	values context.Context // that of the function

	mu     sync.Mutex
	params Params // nil until the source has been read

	once  sync.Once
	input any
	err   error
}

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
	s, ok := c.source.(BodySource)
	resume := c.clock.pauseIf(ok && s.HasBody())
	params, err := c.source.Params(ctx)
	resume(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.params = params
	return params, err
}

// PathValue returns a parameter of the path of an HTTP request, as it was sent, or "".
// Nothing is read for it, so that middleware can decide by it who may. On other
// transports it is the parameter of that name.
func (c *Call) PathValue(name string) string {
	if s, ok := c.source.(pathSource); ok {
		return s.PathValue(name)
	}
	return ""
}

// Body returns the bytes that the parameters arrived in: the body of an HTTP request, up
// to WEB_MAX_BODY_SIZE. It is nil for other transports. It is for middleware that
// checks a signature, before the input is bound. The bytes must not be changed.
func (c *Call) Body(ctx context.Context) ([]byte, error) {
	s, ok := c.source.(BodySource)
	if !ok || !s.HasBody() {
		return nil, nil
	}
	resume := c.clock.pauseIf(true)
	body, err := s.Body(ctx)
	resume(err)
	return body, err
}

// sent returns the parameters as far as they have been read. Another goroutine may be
// reading them.
func (c *Call) sent() Params {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.params
}
