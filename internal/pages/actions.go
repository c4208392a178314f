// Package pages has the code of docs/actions.md, docs/running.md and
// docs/streaming.md that is in no example, so that the compiler sees it. The tests of
// the root hold the pages against it.
package pages

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
)

type users struct{}

type showInput struct {
	UserID int64 `json:"userId"`
}

type userOutput struct {
	Name string `json:"name"`
}

func (u *users) show(ctx context.Context, in showInput) (userOutput, error) {
	return userOutput{}, ctx.Err()
}

func (u *users) purge(context.Context, struct{}) (int, error)  { return 0, nil }
func (u *users) typing(context.Context, struct{}) (int, error) { return 0, nil }

func register(api *keryx.API, u *users) {
	keryx.Handle(api, keryx.Action{Name: "user:show", Web: keryx.GET("/user/{userId}")}, u.show)
	keryx.Handle(api, keryx.Action{Name: "user:purge"}, u.purge)
	keryx.Handle(api, keryx.Action{Name: "user:typing", Only: []string{keryx.WebSocket}}, u.typing)
}

type createInput struct {
	Email    string `json:"email"`
	From, To time.Time
}

func (in *createInput) Check(ctx context.Context) error {
	in.Email = strings.ToLower(in.Email)
	if in.From.After(in.To) {
		return keryx.Invalid("from", "must not be after to")
	}
	return nil
}

func find(in showInput, err error) (*userOutput, error) {
	if err == nil {
		return nil, keryx.NotFound("there is no user %d", in.UserID)
	}
	return nil, keryx.Conflict("the name is taken").WithCause(err) // err is for the log
}

func spend(quota map[string]int) (*userOutput, error) {
	return nil, &keryx.Error{Type: "QUOTA", Status: 402, Message: "The quota is used up", Details: quota}
}

// QuotaError is an error of an app.
type QuotaError struct{ Usage map[string]int }

func (e *QuotaError) Error() string { return "the quota is used up" }

var _ keryx.Faulter = (*QuotaError)(nil) // the compiler checks the method

func (e *QuotaError) Fault() *keryx.Error {
	return &keryx.Error{Type: "QUOTA", Status: 402, Message: e.Error(), Details: e.Usage}
}

func groups(api *keryx.API, showUser, blockUser func(context.Context, showInput) (userOutput, error)) {
	members := api.Group(auth.Require)
	staff := members.Group(auth.RequireRole("staff"))
	keryx.Handle(members, keryx.Action{Name: "user:show", Web: keryx.GET("/user/{userId}")}, showUser)
	keryx.Handle(staff, keryx.Action{Name: "user:block", Web: keryx.POST("/user/{userId}/block")}, blockUser)
}

func refs(ctx context.Context, api *keryx.API, showUser func(context.Context, showInput) (userOutput, error)) (string, error) {
	show := keryx.Handle(api, keryx.Action{Name: "user:show"}, showUser)
	user, err := show.Act(ctx, showInput{UserID: 5})
	return user.Name, err
}

func schemas(api *keryx.API) error {
	e := api.Actions.Find("greet")
	in, out := e.InputSchema(), e.OutputSchema()
	if in == nil || out == nil {
		return errors.New("there is no schema")
	}
	return nil
}

var _ = []any{(*createInput).Check, register, find, spend, groups, refs, schemas, hook}

func hook(context.Context, webhookInput) (int, error) { return 0, nil }

type webhookInput struct {
	Org       string        `json:"org"`
	Signature string        `json:"signature" header:"X-Signature"`
	Body      keryx.RawBody `json:"body" contentType:"application/json" maxSize:"1MB"`
}
