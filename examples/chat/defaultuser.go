package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/keryx-go/keryx"
)

// The default user says hello. Nobody can sign in as this user: the password is
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

// defaultUser returns the default user, and makes it when it is missing. Any
// number of nodes may do so at once.
func (a *accounts) defaultUser(ctx context.Context) (*User, error) {
	user, err := a.byEmail(ctx, defaultUserEmail)
	if user != nil || err != nil {
		return user, err
	}
	created, err := a.create(ctx, defaultUserName, defaultUserEmail, rand.Text())
	if err == nil {
		return created, nil
	}
	user, findErr := a.byEmail(ctx, defaultUserEmail) // made by another node in the meantime
	if user == nil && findErr == nil {
		return nil, fmt.Errorf("cannot make the default user %s: %w; rename the user who has the name %q", defaultUserEmail, err, defaultUserName)
	}
	return user, findErr
}
