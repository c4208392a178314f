package users

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/session"
)

// sessions signs users in and out.
type sessions struct{ *users }

// registerSessions adds the actions. Guesses of passwords are limited twice: those
// from one address, and those on one account.
func registerSessions(u *users) {
	s := &sessions{u}
	limit := u.api.RateLimit.Middleware
	address := limit(ratelimit.Rule{Prefix: "guesser", Limit: 50, Window: 15 * time.Minute, Identify: ratelimit.Address})
	account := limit(ratelimit.Rule{Prefix: "account", Limit: 5, Window: 15 * time.Minute, Identify: byEmail})
	overNetwork := []string{keryx.Web, keryx.WebSocket} // a command has no session to keep
	keryx.Handle(u.api.Group(address, account), keryx.Action{
		Name: "session:create", Description: "Sign in", Web: keryx.POST("/session"), Only: overNetwork,
	}, s.signIn)
	keryx.Handle(u.api.Group(auth.Require), keryx.Action{
		Name: "session:destroy", Description: "Sign out", Web: keryx.DELETE("/session"), Only: overNetwork,
	}, s.signOut)
}

type signInInput struct {
	Email    string `json:"email" format:"email" maxLength:"320"`
	Password string `json:"password" maxLength:"256" secret:"true"`
}

// byEmail counts the attempts on one account, from wherever they come.
func byEmail(ctx context.Context, call *keryx.Call) (string, error) {
	in, err := call.Input(ctx)
	if err != nil {
		return "", err
	}
	return "email:" + strings.ToLower(in.(*signInInput).Email), nil
}

// signIn answers the same, after the same time, for an address that no user has.
func (s *sessions) signIn(ctx context.Context, in signInInput) (*User, error) {
	user := new(User)
	err := s.api.Tx(ctx).NewSelect().Model(user).Where("email = ?", strings.ToLower(in.Email)).Scan(ctx)
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

func (s *sessions) signOut(ctx context.Context, _ struct{}) (out keryx.NoContent, err error) {
	return out, session.From(ctx).Destroy(ctx)
}
