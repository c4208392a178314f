package main

import (
	"context"

	"github.com/keryx-go/keryx"
)

// The default user says hello. This user cannot sign in: the password is
// made of chance, and forgotten at once.
const (
	defaultUserName  = "Admin"
	defaultUserEmail = "admin@keryxjs.com"
)

// makeDefaultUser makes the default user at boot.
func makeDefaultUser(c *chat) keryx.Initializer {
	return keryx.Initializer{
		Name: "default-user", DependsOn: []string{"migrations"},
		Start: func(ctx context.Context, _ *keryx.API) error {
			_, err := c.accounts.defaultUser(ctx)
			return err
		},
	}
}
