package action

import (
	"context"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
)

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

// pathSource is a [Source] that knows the parameters of the path before it is read.
type pathSource interface {
	PathValue(name string) string
}

// pathValues is a [Source] of path values alone.
type pathValues func(name string) string

// Params returns none.
func (pathValues) Params(context.Context) (Params, error) { return nil, nil }

// PathValue returns a path value.
func (f pathValues) PathValue(name string) string { return f(name) }

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

// PathValue returns the parameter as text.
func (v values) PathValue(name string) string {
	params, _ := input.Values(v.of) // the error is that of Params
	return Params(params).PathValue(name)
}
