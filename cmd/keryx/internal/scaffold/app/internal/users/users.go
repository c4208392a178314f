// Package users has the accounts: signing up, signing in, signing out.
package users

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
}

// sessionData is what a session holds. Package auth finds the user's id in it.
type sessionData struct {
	UserID int64 `json:"userId"`
}

func (u *User) signIn(s *sessionData) error {
	s.UserID = u.ID
	return nil
}

// users has the actions on the table users.
type users struct {
	api       *keryx.API
	passwords passwords
}

// Register adds the actions to the app.
func Register(api *keryx.API) {
	u := &users{api, newPasswords()}
	keryx.Handle(api, keryx.Action{
		Name: "user:create", Description: "Sign up", Web: keryx.POST("/users"), Status: 201,
	}, u.signUp)
	keryx.Handle(api.Group(auth.Require), keryx.Action{
		Name: "user:me", Description: "Show who is signed in", Web: keryx.GET("/users/me"),
	}, u.me)
	registerSessions(u)
}

type signUpInput struct {
	Name     string `json:"name" doc:"What others call you" minLength:"1" maxLength:"100"`
	Email    string `json:"email" doc:"The address to sign in with" format:"email" maxLength:"320"`
	Password string `json:"password" doc:"At least 10 characters" minLength:"10" maxLength:"256" secret:"true"`
}

// signUp adds a user, who is signed in from then on.
func (u *users) signUp(ctx context.Context, in signUpInput) (*User, error) {
	hash, err := u.passwords.hash(ctx, in.Password)
	if err != nil {
		return nil, err
	}
	user := &User{Name: in.Name, Email: strings.ToLower(in.Email), PasswordHash: hash}
	_, err = u.api.Tx(ctx).NewInsert().Model(user).Exec(ctx)
	if err := db.OrConflict(err, "There is a user with this e-mail address"); err != nil {
		return nil, err
	}
	return user, session.Renew(ctx, user.signIn)
}

func (u *users) me(ctx context.Context, _ struct{}) (*User, error) {
	user := new(User)
	err := u.api.Tx(ctx).NewSelect().Model(user).Where("id = ?", auth.Caller(ctx).ID()).Scan(ctx)
	return user, db.OrNotFound(err, "This account was deleted")
}
