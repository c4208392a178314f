package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/session"
)

// overNetwork keeps an action off the command line, where a session ends with the
// command, and --as says who is calling.
var overNetwork = []string{keryx.Web, keryx.WebSocket}

// sessionActions let users in and out.
type sessionActions struct{ *chat }

func registerSessions(c *chat) {
	s := &sessionActions{c}
	guesser := c.api.RateLimit.Middleware(ratelimit.Rule{Limit: 100, Window: 15 * time.Minute, Identify: ratelimit.Address})
	account := c.api.RateLimit.Middleware(ratelimit.Rule{Prefix: "account", Limit: 30, Window: 15 * time.Minute, Identify: byEmail})
	keryx.Handle(c.everyone.Group(guesser, account), keryx.Action{
		Name: "session:create", Description: "Sign in with an address and a password",
		Web: keryx.PUT("/session"), Only: overNetwork,
	}, s.create)
	keryx.Handle(c.members, keryx.Action{
		Name: "session:destroy", Description: "Sign out",
		Web: keryx.DELETE("/session"), Only: overNetwork,
	}, s.destroy)
	keryx.Handle(c.members, keryx.Action{
		Name: "csrf:token", Description: "Show the token that belongs to the session",
		Web: keryx.GET("/csrf-token"), Only: overNetwork,
	}, s.token)
}

type sessionCreateInput struct {
	Email    string `json:"email" doc:"The user's address" minLength:"3" message:"This field is required and must be at least 3 characters long"`
	Password string `json:"password" doc:"The user's password" minLength:"8" message:"Password must be at least 8 characters" secret:"true"`
}

// Check has the rules that have words of their own.
func (in *sessionCreateInput) Check(context.Context) error {
	in.Email = strings.ToLower(in.Email)
	return errors.Join(checkEmail(in.Email), checkPassword(in.Password))
}

// byEmail counts the attempts on one account, from wherever they come.
func byEmail(ctx context.Context, call *keryx.Call) (string, error) {
	in, err := call.Input(ctx)
	if err != nil {
		return "", err
	}
	return "email:" + in.(*sessionCreateInput).Email, nil
}

type sessionCreateOutput struct {
	User    ownUser         `json:"user"`
	Session *session.Record `json:"session"`
}

// create signs in. It does not reveal whether there is a user of that address:
// neither by what it says, nor by how long it takes. The session gets a new id, so
// that one which an attacker has planted is worth nothing.
func (s *sessionActions) create(ctx context.Context, in sessionCreateInput) (sessionCreateOutput, error) {
	user, err := s.accounts.byEmail(ctx, in.Email)
	if err != nil {
		return sessionCreateOutput{}, err
	}
	var hash string
	if user != nil {
		hash = user.PasswordHash
	}
	match, err := s.accounts.passwords.check(ctx, in.Password, hash)
	if err != nil {
		return sessionCreateOutput{}, err
	}
	if !match {
		return sessionCreateOutput{}, s.invalid()
	}
	err = session.Renew(ctx, func(d *sessionData) error { d.UserID = user.ID; return nil })
	if err != nil {
		return sessionCreateOutput{}, err
	}
	record, err := session.From(ctx).Load(ctx)
	return sessionCreateOutput{user.own(), record}, err
}

// invalid returns the error for a sign-in that fails. Keryx's clients know it by its type,
// which is that of any failure: 500. With the statuses of REST it is a 401.
func (s *sessionActions) invalid() error {
	err := &keryx.Error{Type: keryx.ConnectionActionRun, Message: "Invalid email or password"}
	if s.api.Config.Server.Web.ErrorStatuses == "rest" {
		err.Status = http.StatusUnauthorized
	}
	return err
}

type sessionDestroyOutput struct {
	Success bool `json:"success"`
}

func (s *sessionActions) destroy(ctx context.Context, _ struct{}) (sessionDestroyOutput, error) {
	err := session.From(ctx).Destroy(ctx)
	return sessionDestroyOutput{err == nil}, err
}

type tokenOutput struct {
	Token string `json:"token"`
}

func (s *sessionActions) token(ctx context.Context, _ struct{}) (tokenOutput, error) {
	token, err := s.api.CSRF.Token(ctx)
	return tokenOutput{token}, err
}
