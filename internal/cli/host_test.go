package cli_test

import (
	"context"
	"errors"

	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/internal/cli"
)

// host is a [cli.Host] of functions. A nil run calls do.
type host struct {
	serve    func(context.Context) error
	run      func(ctx context.Context, do func(context.Context) error) error
	settings []config.Setting
	wrong    error
	quiet    bool
	refused  error // of AllowAs
	as       func(context.Context, cli.Caller) (context.Context, error)
}

var _ cli.Host = (*host)(nil)

func (h *host) Serve(ctx context.Context) error { return h.serve(ctx) }

func (h *host) Run(ctx context.Context, do func(context.Context) error) error {
	if h.run == nil {
		return do(ctx)
	}
	return h.run(ctx, do)
}

func (h *host) Settings() ([]config.Setting, error) { return h.settings, h.wrong }

func (h *host) AllowAs() error { return h.refused }

func (h *host) As(ctx context.Context, caller cli.Caller) (context.Context, error) {
	if h.as == nil {
		return ctx, nil
	}
	return h.as(ctx, caller)
}

func (h *host) SetQuiet() { h.quiet = true }

// refuse is the [part.Run] of an app that does not start.
func refuse(context.Context, func(context.Context) error, ...string) error {
	return errors.New("cannot connect to redis")
}
