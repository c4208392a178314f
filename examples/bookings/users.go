package main

import (
	"context"
	"strings"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/session"
)

// User is a row of the table users, and what users see of themselves.
type User struct {
	ID           int64  `bun:",pk,autoincrement" json:"id"`
	Name         string `json:"name"`
	Email        string `json:"email"`
	PasswordHash string `json:"-"`
	Role         string `json:"role"` // user or admin
}

// signIn makes a session the user's. Package auth finds the roles in it.
func (u *User) signIn(s *sessionData) error {
	*s = sessionData{UserID: u.ID, Roles: []string{u.Role}}
	return nil
}

// users keeps the table users.
type users struct{ *backend }

func registerUsers(b *backend) {
	keryx.Handle(b.everyone, keryx.Action{Name: "user:create", Description: "Sign up", Web: keryx.POST("/users"), Status: 201}, b.users.signUp)
	keryx.Handle(b.signedIn, keryx.Action{Name: "user:me", Description: "Show who is signed in", Web: keryx.GET("/users/me")}, b.users.me)
}

type newUser struct {
	Name     string `json:"name" minLength:"1" maxLength:"100"`
	Email    string `json:"email" format:"email" maxLength:"320"`
	Password string `json:"password" minLength:"10" maxLength:"256" secret:"true"`
}

// signUp adds a user, who is signed in from then on.
func (u *users) signUp(ctx context.Context, in newUser) (reply keryx.Reply[*User], err error) {
	user, err := u.add(ctx, in, "user")
	if err != nil {
		return reply, err
	}
	return keryx.Created(user, "users/me"), session.Renew(ctx, user.signIn)
}

func (u *users) me(ctx context.Context, _ struct{}) (*User, error) {
	return one[User](ctx, u.api.Tx(ctx), "user", "id = ?", auth.Caller(ctx).ID())
}

// add adds a user. Of several that ask for one address at once, one gets it.
func (u *users) add(ctx context.Context, in newUser, role string) (*User, error) {
	hash, err := u.passwords.hash(ctx, in.Password)
	if err != nil {
		return nil, err
	}
	user := &User{Name: in.Name, Email: strings.ToLower(in.Email), PasswordHash: hash, Role: role}
	return user, db.OrConflict(insert(ctx, u.api.Tx(ctx), user), "There is a user with this e-mail address")
}

func (u *users) byEmail(ctx context.Context, email string) (*User, error) {
	return one[User](ctx, u.api.Tx(ctx), "user", "email = ?", strings.ToLower(email))
}

// identify returns who --as is on the command line.
func (u *users) identify(ctx context.Context, email string) (*keryx.Identity, error) {
	user, err := u.byEmail(ctx, email)
	if err != nil {
		return nil, err
	}
	return &keryx.Identity{Subject: text(user.ID), AllScopes: true, Roles: []string{user.Role}}, nil
}
