package pages

import (
	"context"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
)

type directory struct{}

func (directory) byEmail(ctx context.Context, address string) (*auth.Identity, error) {
	return &auth.Identity{Subject: address}, ctx.Err()
}

func commandLine(members directory) keryx.Options {
	return keryx.Options{
		CLIIdentity: func(ctx context.Context, as string) (*auth.Identity, error) {
			return members.byEmail(ctx, as)
		},
	}
}

var _ = []any{commandLine}
