package main

import (
	"context"
	"time"

	"github.com/keryx-go/keryx"
)

// Change is a row of the table changes.
type Change struct {
	ID     int64     `bun:",pk,autoincrement" json:"id"`
	OrgID  int64     `json:"org"`
	UserID int64     `json:"user"`
	Action string    `json:"action"`
	At     time.Time `json:"at"`
}

// audit keeps what was changed in an organisation, and by whom.
type audit struct{ *backend }

func registerAudit(b *backend) {
	keryx.Handle(b.readers.Group(b.members.require("owner")), keryx.Action{Name: "audit:list", Description: "List what was changed, the last first", Web: keryx.GET("/orgs/{org}/audit")}, b.audit.list)
}

// record is middleware inside of a transaction: a change and its record are there
// together, or not at all.
func (a *audit) record(next keryx.Handler) keryx.Handler {
	return func(ctx context.Context, call *keryx.Call) (any, error) {
		result, err := next(ctx, call)
		if err != nil {
			return nil, err
		}
		m := memberFrom(ctx)
		return result, insert(ctx, a.api.Tx(ctx), &Change{OrgID: m.OrgID, UserID: m.UserID, Action: call.Action.Name, At: time.Now().UTC()})
	}
}

type auditInput struct {
	inOrg
	pageInput
}

func (a *audit) list(ctx context.Context, in auditInput) (page[Change], error) {
	return pageOf[Change](ctx, a.api.Tx(ctx).NewSelect().Model((*Change)(nil)).Where("org_id = ?", in.Org).Order("id DESC"), in.pageInput)
}
