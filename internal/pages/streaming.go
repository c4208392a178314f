package pages

import (
	"context"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/stream"
)

type counter struct{}

type countInput struct {
	Count int `json:"count"`
}

func (c *counter) count(ctx context.Context, in countInput) (*stream.EventStream, error) {
	return stream.Events(func(ctx context.Context, send *stream.Sender) error {
		for i := 1; i <= in.Count; i++ {
			if err := send.Event("counter", map[string]int{"index": i, "total": in.Count}); err != nil {
				return err // the client is gone
			}
		}
		return nil
	}), nil
}

type uploadInput struct {
	Avatar keryx.File   `json:"avatar" maxSize:"5MB" contentType:"image/*"`
	Papers []keryx.File `json:"papers,omitempty" maxItems:"10" contentType:"application/pdf,text/plain"`
}

var _ = []any{(*counter).count, uploadInput{}}
