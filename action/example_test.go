package action_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

func ExampleHandle() {
	type showInput struct {
		UserID int64 `json:"userId" doc:"The user's id" minimum:"1"`
	}
	type user struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{
		Name:        "user:show",
		Description: "Show one user",
		Web:         action.GET("/user/{userId}"),
	}, func(_ context.Context, in showInput) (user, error) {
		return user{ID: in.UserID, Name: "Ada"}, nil
	})

	// A transport uses it like this:
	show := r.Find("user:show")
	response, _ := show.Serve(context.Background(), action.Params{"userId": action.Text{"5"}})
	fmt.Printf("%s: %s\n", show.Web, response.JSON)
	_, err := show.Serve(context.Background(), action.Params{"userId": action.Text{"0"}})
	fmt.Println(err.HTTPStatus(), err.Key, err.Message)
	// Output:
	// GET /user/{userId}: {"id":5,"name":"Ada"}
	// 406 userId userId must be at least 1
}

// A middleware acts before and after the rest, and may answer by itself.
func ExampleMiddleware() {
	type greeting struct {
		Name string `json:"name"`
	}
	audit := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			fmt.Println("before", call.Action.Name)
			result, err := next(ctx, call)
			fmt.Println("after:", result, err)
			return result, err
		}
	}
	onlyFriends := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			in, err := call.Input(ctx)
			if err != nil {
				return nil, err
			}
			if in.(*greeting).Name == "Eve" {
				return nil, &fault.Error{Type: fault.ConnectionSessionNotFound, Message: "Who is there?"}
			}
			return next(ctx, call)
		}
	}
	r := action.NewRegistry(action.Options{})
	r.Use(audit) // around every action
	action.Handle(r, action.Action{Name: "greet", Middleware: []action.Middleware{onlyFriends}},
		func(_ context.Context, in greeting) (string, error) { return "Hello " + in.Name, nil })

	for _, name := range []string{"Ada", "Eve"} {
		_, _ = r.Act(context.Background(), "greet", greeting{Name: name})
	}
	// Output:
	// before greet
	// after: Hello Ada <nil>
	// before greet
	// after: <nil> Who is there?
}

// An update must distinguish an absent value from null.
func ExampleOptional() {
	type edit struct {
		Nick action.Optional[string] `json:"nick" maxLength:"20"`
	}
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "user:edit"}, func(_ context.Context, in edit) (string, error) {
		if nick, ok := in.Nick.Get(); ok {
			return "set to " + nick, nil
		}
		if in.Nick.IsNull() {
			return "removed", nil
		}
		return "left alone", nil
	})
	for _, params := range []action.Params{{"nick": "ada"}, {"nick": nil}, {}} {
		result, _ := r.Act(context.Background(), "user:edit", params)
		fmt.Println(result)
	}
	// Output:
	// set to ada
	// removed
	// left alone
}

type registration struct {
	Email    string `json:"email"`
	Password string `json:"password" secret:"true"`
	Again    string `json:"again" secret:"true"`
}

// Check normalises the input and checks what tags cannot say.
func (r *registration) Check(context.Context) error {
	r.Email = strings.ToLower(strings.TrimSpace(r.Email))
	var errs []error
	if !strings.Contains(r.Email, "@") {
		errs = append(errs, fault.Invalid("email", "this is not an email address"))
	}
	if r.Password != r.Again {
		errs = append(errs, fault.Invalid("again", "the passwords differ"))
	}
	return errors.Join(errs...)
}

func ExampleInvalid() {
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "user:create"}, func(_ context.Context, in registration) (string, error) {
		return in.Email, nil
	})
	email, _ := r.Act(context.Background(), "user:create", registration{" Ada@Example.org", "x", "x"})
	fmt.Println(email)

	_, err := r.Act(context.Background(), "user:create", registration{"ada", "x", "y"})
	var failed *fault.Error
	if errors.As(err, &failed) {
		for _, field := range failed.Errors {
			fmt.Printf("%s: %s (%v)\n", field.Key, field.Message, field.Value)
		}
	}
	// Output:
	// ada@example.org
	// email: this is not an email address (ada)
	// again: the passwords differ ([[secret]])
}

// One action calls another by name. The context carries the caller's identity, an open
// transaction, and the remaining time.
func ExampleRegistry_Act() {
	type order struct {
		Item  string `json:"item"`
		Count int    `json:"count" default:"1" minimum:"1"`
	}
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "stock:take"}, func(_ context.Context, in order) (string, error) {
		return fmt.Sprintf("%d × %s", in.Count, in.Item), nil
	})
	action.Handle(r, action.Action{Name: "order"}, func(ctx context.Context, in order) (any, error) {
		return r.Act(ctx, "stock:take", in)
	})
	taken, err := r.Act(context.Background(), "order", map[string]any{"item": "tea", "count": 2})
	fmt.Println(taken, err)
	_, err = r.Act(context.Background(), "stock:give", nil)
	fmt.Println(err)
	// Output:
	// 2 × tea <nil>
	// Action not found: stock:give
}
