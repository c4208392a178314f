package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
)

// Todo is something to do.
type Todo struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
}

// todos are the actions on todos, which are kept in a Redis hash.
type todos struct{ api *keryx.API }

func registerTodos(api *keryx.API) {
	t := &todos{api}
	group := api.Group(t.logSlow) // middleware for all that is registered with the group
	keryx.Handle(group, keryx.Action{
		Name: "todo:create", Description: "Add a todo", Web: keryx.POST("/todos"),
	}, t.create)
	keryx.Handle(group, keryx.Action{
		Name: "todo:show", Description: "Show one todo", Web: keryx.GET("/todos/{id}"),
	}, t.show)
	keryx.Handle(group, keryx.Action{
		Name: "todo:delete", Description: "Delete a todo", Web: keryx.DELETE("/todos/{id}"),
	}, t.delete)
}

type createInput struct {
	Title string `json:"title" doc:"What to do" minLength:"3" maxLength:"100"`
}

func (t *todos) create(ctx context.Context, in createInput) (out keryx.Reply[*Todo], err error) {
	id, err := t.api.Redis.Client.Incr(ctx, "todos:next").Result()
	if err == nil {
		err = t.api.Redis.Client.HSet(ctx, "todos", id, in.Title).Err()
	}
	if err != nil {
		return out, err // a failure: 500, and the message is for the log
	}
	return keryx.Created(&Todo{id, in.Title}, fmt.Sprintf("/api/todos/%d", id)), nil // 201
}

type todoInput struct {
	ID int64 `json:"id" doc:"The todo's id" minimum:"1"`
}

func (t *todos) show(ctx context.Context, in todoInput) (*Todo, error) {
	title, err := t.api.Redis.Client.HGet(ctx, "todos", strconv.FormatInt(in.ID, 10)).Result()
	if errors.Is(err, redis.Nil) {
		return nil, keryx.NotFound("there is no todo %d", in.ID) // 404, and the client gets the message
	}
	return &Todo{in.ID, title}, err
}

func (t *todos) delete(ctx context.Context, in todoInput) (out keryx.NoContent, err error) { // 204
	deleted, err := t.api.Redis.Client.HDel(ctx, "todos", strconv.FormatInt(in.ID, 10)).Result()
	if err == nil && deleted == 0 {
		err = keryx.NotFound("there is no todo %d", in.ID)
	}
	return out, err
}

// logSlow is middleware: it logs the actions that take long.
func (t *todos) logSlow(next keryx.Handler) keryx.Handler {
	return func(ctx context.Context, call *keryx.Call) (any, error) {
		began := time.Now()
		result, err := next(ctx, call)
		if took := time.Since(began); took > 100*time.Millisecond {
			t.api.Logger.WarnContext(ctx, "slow", "action", call.Action.Name, "took", took)
		}
		return result, err
	}
}
