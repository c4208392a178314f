// Package migrate has the code of docs/from-keryx.md and docs/from-others.md, so that
// the compiler sees it and tests run it.
package migrate

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/ratelimit"
)

// User is a row of the examples.
type User struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type ops struct{}

func (ops) find(_ context.Context, id int64) (*User, error) {
	if id != 5 {
		return nil, keryx.NotFound("there is no user %d", id)
	}
	return &User{ID: 5, Name: "Ada"}, nil
}

type users struct {
	api *keryx.API
	ops ops
}

type showInput struct {
	UserID int64 `json:"userId" doc:"The user's id" minimum:"1"`
}

type showOutput struct {
	User *User `json:"user"`
}

func (u *users) register() {
	keryx.Handle(u.api, keryx.Action{
		Name: "user:show", Description: "Show one user", Web: keryx.GET("/user/{userId}"),
		Middleware: []keryx.Middleware{auth.Require, u.api.RateLimit.Middleware(ratelimit.Rule{})},
	}, u.show)
}

func (u *users) show(ctx context.Context, in showInput) (showOutput, error) {
	key := fmt.Sprintf("cache:user:%d", in.UserID)
	user, err := cache.Fetch(ctx, u.api.Redis.Client, key, time.Minute, func(ctx context.Context) (*User, error) {
		return u.ops.find(ctx, in.UserID)
	})
	return showOutput{user}, err
}

type signUpInput struct {
	Name     string   `json:"name" doc:"Shown to others" minLength:"3" maxLength:"256"`
	Email    string   `json:"email" format:"email"`
	Password string   `json:"password" minLength:"8" secret:"true"`
	Role     string   `json:"role" enum:"reader,writer" default:"reader"`
	Age      *int     `json:"age" minimum:"18"`
	Tags     []string `json:"tags,omitempty" maxItems:"5"`
}

func (in *signUpInput) Check(context.Context) error {
	in.Email = strings.ToLower(in.Email)
	if strings.Contains(in.Password, in.Name) {
		return keryx.Invalid("password", "password must not contain the name")
	}
	return nil
}

// hooks are those of Keryx that an app has most.
func hooks(api *keryx.API) {
	api.Web.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// here is web.beforeRequest
			next.ServeHTTP(w, r)
			// here is web.afterRequest
		})
	})
	api.Actions.Use(func(next keryx.Handler) keryx.Handler {
		return func(ctx context.Context, call *keryx.Call) (any, error) {
			if _, err := call.Input(ctx); err != nil { // Keryx validates before its hooks
				return nil, err
			}
			// here is actions.beforeAct
			result, err := next(ctx, call)
			// here is actions.afterAct
			return result, err
		}
	})
}

func channels(api *keryx.API) {
	api.Channels.Handle(channel.Channel{
		Name:   "room:{room}",
		Guards: []keryx.Middleware{auth.Require},
		Authorize: func(_ context.Context, j *channel.Join) error {
			if j.Params["room"] == "attic" {
				return keryx.Forbidden("the attic is closed")
			}
			return nil
		},
	})
}
