package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/cli"
)

func Example() {
	type input struct {
		UserID int64    `json:"userId" doc:"The user's id" minimum:"1"`
		Fields []string `json:"fields,omitempty"`
	}
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "user:show", Description: "Show one user", Web: action.GET("/user/{userId}")},
		func(_ context.Context, in input) (any, error) { return in, nil })

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	app := cli.App{Name: "demo", Description: "A demo", Actions: r.All(), APIRoute: "/api"}

	status := cli.Execute(ctx, app, []string{"user:show", "--userId", "5", "--fields", "name", "--fields", "email"})
	fmt.Println("exit status", status)
	status = cli.Execute(ctx, app, []string{"actions"})
	fmt.Println("exit status", status)
	// Output:
	// {"userId":5,"fields":["name","email"]}
	// exit status 0
	// ACTION     REACHED BY   GUARDED BY  ROUTE                   DESCRIPTION
	// user:show  http ws cli  -           GET /api/user/{userId}  Show one user
	//
	// Open to everybody: user:show
	// exit status 0
}

func ExampleExecute_secret() {
	type input struct {
		Password string `json:"password" secret:"true"`
	}
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "session:create"},
		func(_ context.Context, in input) (int, error) { return len(in.Password), nil })

	app := cli.App{Name: "demo", Actions: r.All(), Stdin: strings.NewReader("correct horse\n")}
	cli.Execute(context.Background(), app, []string{"session:create", "--password", "-"})
	// Output: 13
}

func ExampleCheckName() {
	fmt.Println(cli.CheckName("user:show"))
	fmt.Println(cli.CheckName("-x"))
	// Output:
	// <nil>
	// a name that begins with a dash is a flag on the command line; rename the action
}
