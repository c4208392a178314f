package main

import (
	"context"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
)

// Org is a row of the table orgs.
type Org struct {
	ID   int64  `bun:",pk,autoincrement" json:"id"`
	Name string `json:"name"`
}

// inOrg is the part of an input that says which organisation it is about.
type inOrg struct {
	Org int64 `json:"org" doc:"The organisation's id"`
}

// orgs keeps the organisations.
type orgs struct{ *backend }

func registerOrgs(b *backend) {
	keryx.Handle(b.signedIn.Group(b.api.Transaction()), keryx.Action{Name: "org:create", Description: "Make an organisation, as its owner", Web: keryx.POST("/orgs"), Status: 201}, b.orgs.create)
	keryx.Handle(b.signedIn, keryx.Action{Name: "org:list", Description: "List your organisations", Web: keryx.GET("/orgs")}, b.orgs.list)
}

type newOrg struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
}

func (o *orgs) create(ctx context.Context, in newOrg) (*Org, error) {
	return o.add(ctx, in.Name, auth.Caller(ctx).ID())
}

// add adds an organisation with its first owner.
func (o *orgs) add(ctx context.Context, name string, owner int64) (*Org, error) {
	org := &Org{Name: name}
	if err := insert(ctx, o.api.Tx(ctx), org); err != nil {
		return nil, err
	}
	return org, insert(ctx, o.api.Tx(ctx), &Member{OrgID: org.ID, UserID: owner, Role: "owner"})
}

func (o *orgs) list(ctx context.Context, _ struct{}) ([]Org, error) {
	return all[Org](ctx, o.api.Tx(ctx), "id", "id IN (SELECT org_id FROM members WHERE user_id = ?)", auth.Caller(ctx).ID())
}
