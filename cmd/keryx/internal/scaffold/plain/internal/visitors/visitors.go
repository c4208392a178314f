// Package visitors lets people in by a name. There are no accounts: a name belongs to a
// visitor for as long as the session lasts, and others may choose the same.
package visitors

import (
	"context"
	"crypto/rand"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/session"
)

// Visitor is who is there, as the session has it. Package auth finds the id.
type Visitor struct {
	ID   string `json:"userId"`
	Name string `json:"name"`
}

// Register adds the actions to the app.
func Register(api *keryx.API) {
	visitors := api.Group(auth.Require)
	overNetwork := []string{keryx.Web, keryx.WebSocket} // a command has no session to keep
	keryx.Handle(api, keryx.Action{
		Name: "session:create", Description: "Enter with a name", Web: keryx.POST("/session"), Only: overNetwork,
	}, enter)
	keryx.Handle(visitors, keryx.Action{
		Name: "session:destroy", Description: "Leave", Web: keryx.DELETE("/session"), Only: overNetwork,
	}, leave)
	keryx.Handle(visitors, keryx.Action{
		Name: "user:me", Description: "Show who is there", Web: keryx.GET("/users/me"), Only: overNetwork,
	}, Current)
}

type enterInput struct {
	Name string `json:"name" doc:"What others call you" minLength:"1" maxLength:"100"`
}

func enter(ctx context.Context, in enterInput) (*Visitor, error) {
	visitor := &Visitor{ID: rand.Text(), Name: in.Name}
	return visitor, session.Renew(ctx, func(v *Visitor) error {
		*v = *visitor
		return nil
	})
}

func leave(ctx context.Context, _ struct{}) (out keryx.NoContent, err error) {
	return out, session.From(ctx).Destroy(ctx)
}

// Current returns the visitor who is calling.
func Current(ctx context.Context, _ struct{}) (*Visitor, error) {
	visitor, _, err := session.Data[Visitor](ctx)
	return &visitor, err
}
