package csrf_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/csrf"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

func Example() {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		panic(err)
	}
	defer server.Close()
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
	defer client.Close()
	connections := &redis.Connections{Client: client}
	sessions := session.NewStore(session.Options{Redis: connections})

	tokens := csrf.New(csrf.Options{Redis: connections})
	actions := action.NewRegistry(action.Options{})
	action.Handle(actions, action.Action{
		Name: "csrf:token", Web: action.GET("/csrf-token"),
		Middleware: []action.Middleware{auth.Require},
	}, func(ctx context.Context, _ struct{}) (map[string]string, error) {
		token, err := tokens.Token(ctx)
		return map[string]string{"token": token}, err
	})

	type createInput struct {
		Body string `json:"body"`
		csrf.Input
	}
	action.Handle(actions, action.Action{
		Name: "message:create", Web: action.PUT("/message"),
		Middleware: []action.Middleware{auth.Require, tokens.Require},
	}, func(_ context.Context, in createInput) (string, error) {
		return "posted: " + in.Body, nil
	})

	// A browser that has logged in:
	login := &connection.Connection{Transport: connection.Web}
	ctx := sessions.Attach(connection.With(context.Background(), login))
	err := session.Renew(ctx, func(data *map[string]any) error { (*data)["userId"] = 7; return nil })
	reply := http.Header{}
	login.WriteReply(reply)
	cookie, _, _ := strings.Cut(reply.Get("Set-Cookie"), ";")
	request := func() context.Context {
		c := &connection.Connection{Transport: connection.Web, Header: http.Header{"Cookie": {cookie}}}
		return sessions.Attach(connection.With(context.Background(), c))
	}

	answer, err2 := actions.Act(request(), "csrf:token", nil)
	token := answer.(map[string]string)["token"]
	posted, err3 := actions.Act(request(), "message:create", action.Params{"body": "hello", "csrfToken": token})
	fmt.Println(posted, errors.Join(err, err2, err3))

	_, err = actions.Act(request(), "message:create", action.Params{"body": "by another site"})
	fmt.Println(err)
	// Output:
	// posted: hello <nil>
	// CSRF token missing
}
