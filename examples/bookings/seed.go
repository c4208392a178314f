package main

import (
	"context"

	"github.com/keryx-go/keryx"
)

// seed is for operators, at the command line.
type seed struct{ *backend }

func registerSeed(b *backend) {
	keryx.Handle(b.api.Group(b.api.Transaction()), keryx.Action{Name: "bookings:seed", Description: "Add an administrator with an organisation", Internal: true}, (&seed{b}).run)
}

type seedInput struct {
	Email    string `json:"email" format:"email" default:"demo@example.com"`
	Password string `json:"password" minLength:"10" secret:"true"`
}

func (s *seed) run(ctx context.Context, in seedInput) (*Org, error) {
	user, err := s.users.add(ctx, newUser{Name: "Demo", Email: in.Email, Password: in.Password}, "admin")
	if err != nil {
		return nil, err
	}
	return s.orgs.add(ctx, "Demo", user.ID)
}
