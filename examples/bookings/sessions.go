package main

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/session"
)

// sessionData is what a session holds. Package auth reads both fields.
type sessionData struct {
	UserID int64    `json:"userId"`
	Roles  []string `json:"roles"`
}

// text is an id as text, such as the subject of a user's identity.
func text(id int64) string { return strconv.FormatInt(id, 10) }

// overNetwork keeps an action off the command line, where a session ends with the
// command, and --as says who is calling.
var overNetwork = []string{keryx.Web, keryx.WebSocket}

// sessions signs users in and out.
type sessions struct{ *backend }

func registerSessions(b *backend) {
	s := &sessions{b}
	guesser := b.api.RateLimit.Middleware(ratelimit.Rule{Limit: 50, Window: 15 * time.Minute, Identify: ratelimit.Address})
	account := b.api.RateLimit.Middleware(ratelimit.Rule{Prefix: "account", Limit: 5, Window: 15 * time.Minute, Identify: byEmail})
	keryx.Handle(b.everyone.Group(guesser, account), keryx.Action{Name: "session:create", Description: "Sign in", Web: keryx.POST("/session"), Only: overNetwork}, s.create)
	keryx.Handle(b.signedIn, keryx.Action{Name: "session:destroy", Description: "Sign out", Web: keryx.DELETE("/session"), Only: overNetwork}, s.destroy)
}

type signIn struct {
	Email    string `json:"email" format:"email"`
	Password string `json:"password" maxLength:"256" secret:"true"`
}

// byEmail counts the attempts on one account, from wherever they come.
func byEmail(ctx context.Context, call *keryx.Call) (string, error) {
	in, err := call.Input(ctx)
	if err != nil {
		return "", err
	}
	return "email:" + strings.ToLower(in.(*signIn).Email), nil
}

// create signs in. It says the same, after the same time, about an address that no user
// has.
func (s *sessions) create(ctx context.Context, in signIn) (*User, error) {
	user, err := s.users.byEmail(ctx, in.Email)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	switch ok, err := s.passwords.check(ctx, in.Password, user.PasswordHash); {
	case err != nil:
		return nil, err
	case !ok:
		return nil, keryx.Unauthorized("The e-mail address or the password is wrong")
	}
	return user, session.Renew(ctx, user.signIn)
}

func (s *sessions) destroy(ctx context.Context, _ struct{}) (out keryx.NoContent, err error) {
	return out, session.From(ctx).Destroy(ctx)
}
