package main

import (
	"context"
	"errors"
	"strings"

	"github.com/keryx-go/keryx"
)

// userActions are the actions on users.
type userActions struct{ *chat }

func registerUsers(c *chat) {
	u := &userActions{c}
	keryx.Handle(c.everyone, keryx.Action{
		Name: "user:create", Description: "Sign up with a name, an address and a password",
		Web: keryx.PUT("/user"),
	}, u.create)
	keryx.Handle(c.members, keryx.Action{
		Name: "user:edit", Description: "Change one's own name, address or password; without any of them, show oneself",
		Web: keryx.POST("/user"),
	}, u.edit)
	keryx.Handle(c.members, keryx.Action{
		Name: "user:view", Description: "Show what everybody may know of a user",
		Web: keryx.GET("/user/{user}"),
	}, u.view)
}

type userCreateInput struct {
	Name     string `json:"name" doc:"The user's name" minLength:"3" message:"This field is required and must be at least 3 characters long"`
	Email    string `json:"email" doc:"The user's address" minLength:"3" message:"This field is required and must be at least 3 characters long"`
	Password string `json:"password" doc:"The user's password" minLength:"8" message:"Password must be at least 8 characters" secret:"true"`
}

// Check has the rules that have words of their own.
func (in *userCreateInput) Check(context.Context) error {
	in.Email = strings.ToLower(in.Email)
	return errors.Join(checkName(in.Name), checkEmail(in.Email), checkPassword(in.Password))
}

type ownUserOutput struct {
	User ownUser `json:"user"`
}

func (u *userActions) create(ctx context.Context, in userCreateInput) (ownUserOutput, error) {
	user, err := u.accounts.create(ctx, in.Name, in.Email, in.Password)
	if err != nil {
		return ownUserOutput{}, err
	}
	return ownUserOutput{user.own()}, nil
}

type userEditInput struct {
	Name     *string `json:"name" doc:"The new name" minLength:"1" message:"This field must not be empty"`
	Email    *string `json:"email" doc:"The new address" minLength:"3" message:"This field is required and must be at least 3 characters long"`
	Password *string `json:"password" doc:"The new password" minLength:"8" message:"Password must be at least 8 characters" secret:"true"`
}

// Check has the rules that have words of their own.
func (in *userEditInput) Check(context.Context) error {
	var errs []error
	if in.Name != nil {
		errs = append(errs, checkName(*in.Name))
	}
	if in.Email != nil {
		*in.Email = strings.ToLower(*in.Email)
		errs = append(errs, checkEmail(*in.Email))
	}
	if in.Password != nil {
		errs = append(errs, checkPassword(*in.Password))
	}
	return errors.Join(errs...)
}

func (u *userActions) edit(ctx context.Context, in userEditInput) (ownUserOutput, error) {
	user, err := u.accounts.current(ctx)
	if err != nil {
		return ownUserOutput{}, err
	}
	if err := u.accounts.change(ctx, user, change{in.Name, in.Email, in.Password}); err != nil {
		return ownUserOutput{}, err
	}
	return ownUserOutput{user.own()}, nil
}

type userViewInput struct {
	User int64 `json:"user" doc:"The user's id" minimum:"1"`
}

type publicUserOutput struct {
	User publicUser `json:"user"`
}

func (u *userActions) view(ctx context.Context, in userViewInput) (publicUserOutput, error) {
	user, err := u.accounts.byID(ctx, in.User)
	if err != nil {
		return publicUserOutput{}, err
	}
	if user == nil {
		return publicUserOutput{}, keryx.NotFound("User with id %d not found", in.User)
	}
	return publicUserOutput{user.public()}, nil
}
