package stream_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// over is a context of a caller on a transport.
func over(ctx context.Context, transport string, header ...string) context.Context {
	c := &connection.Connection{Transport: transport, Header: map[string][]string{}}
	for i := 0; i < len(header); i += 2 {
		c.Header.Set(header[i], header[i+1])
	}
	return connection.With(ctx, c)
}

// produced is what a stream sends, a string for each piece.
func produced(ctx context.Context, s action.Stream) (pieces []string, err error) {
	err = s.Produce(ctx, func(p []byte) error {
		pieces = append(pieces, string(p))
		return ctx.Err()
	})
	return pieces, err
}
