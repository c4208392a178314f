package main

import (
	"context"
	"strconv"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/websocket"
)

// Member is a row of the table members: a user in an organisation.
type Member struct {
	OrgID  int64  `bun:"org_id,pk" json:"org"`
	UserID int64  `bun:"user_id,pk" json:"user"`
	Role   string `json:"role"`
}

// may reports whether the member has a role. An owner has all.
func (m *Member) may(role string) bool { return m.Role == role || m.Role == "owner" }

// members keeps who is in which organisation.
type members struct{ *backend }

func registerMembers(b *backend) {
	keryx.Handle(b.readers, keryx.Action{Name: "member:list", Description: "List the members of an organisation", Web: keryx.GET("/orgs/{org}/members")}, b.members.list)
	keryx.Handle(b.owners, keryx.Action{Name: "member:add", Description: "Add a user to an organisation", Web: keryx.POST("/orgs/{org}/members"), Status: 201}, b.members.add)
	keryx.Handle(b.owners, keryx.Action{Name: "member:remove", Description: "Remove a user from an organisation", Web: keryx.DELETE("/orgs/{org}/members/{user}")}, b.members.remove)
}

func (m *members) list(ctx context.Context, in inOrg) ([]Member, error) {
	return all[Member](ctx, m.api.Tx(ctx), "user_id", "org_id = ?", in.Org)
}

type newMember struct {
	inOrg
	Email string `json:"email" format:"email"`
	Role  string `json:"role" enum:"member,owner" default:"member"`
}

func (m *members) add(ctx context.Context, in newMember) (*Member, error) {
	user, err := m.users.byEmail(ctx, in.Email)
	if err != nil {
		return nil, err
	}
	added := &Member{OrgID: in.Org, UserID: user.ID, Role: in.Role}
	return added, db.OrConflict(insert(ctx, m.api.Tx(ctx), added), "This user is a member already")
}

type oneMember struct {
	inOrg
	User int64 `json:"user"`
}

// remove also closes the member's sockets, which may be in rooms of the organisation.
func (m *members) remove(ctx context.Context, in oneMember) (out keryx.NoContent, err error) {
	if in.User == memberFrom(ctx).UserID {
		return out, keryx.Conflict("An organisation needs an owner: another one has to remove you")
	}
	m.api.AfterCommit(ctx, func(ctx context.Context) {
		if err := m.api.WebSocket.Disconnect(ctx, websocket.Subject(text(in.User))); err != nil {
			m.api.Logger.ErrorContext(ctx, "a member was removed, and may listen on", "user", in.User, "error", err)
		}
	})
	return out, remove[Member](ctx, m.api.Tx(ctx), "member", "org_id = ? AND user_id = ?", in.Org, in.User)
}

// find returns the caller as a member of an organisation. To others the organisation is
// not there.
func (m *members) find(ctx context.Context, org int64) (*Member, error) {
	return one[Member](ctx, m.api.Tx(ctx), "organisation", "org_id = ? AND user_id = ?", org, auth.Caller(ctx).ID())
}

// require returns middleware that lets members with a role through.
func (m *members) require(role string) keryx.Middleware {
	return func(next keryx.Handler) keryx.Handler {
		action.Describe(next, action.Guard{Name: role + " of {org}", Login: true})
		return func(ctx context.Context, call *keryx.Call) (any, error) {
			org, _ := strconv.ParseInt(call.PathValue("org"), 10, 64) // 0 is no organisation
			member, err := m.find(ctx, org)
			if err == nil && !member.may(role) {
				err = keryx.Forbidden("Only an %s of the organisation may do this", role)
			}
			if err != nil {
				return nil, err
			}
			return next(context.WithValue(ctx, memberKey{}, member), call)
		}
	}
}

type memberKey struct{}

// memberFrom returns the caller as the member that require has found.
func memberFrom(ctx context.Context) *Member { return ctx.Value(memberKey{}).(*Member) }
