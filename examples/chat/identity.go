package main

import (
	"context"

	"github.com/keryx-go/keryx/auth"
)

// sessionData is what a session remembers. Package auth reads the userId.
type sessionData struct {
	UserID int64 `json:"userId"`
}

// currentID returns the id of the user who is signed in, or 0.
func currentID(ctx context.Context) (int64, error) {
	who, err := auth.From(ctx)
	if err != nil || who == nil {
		return 0, err
	}
	return who.ID(), nil
}
