package action_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
)

type room struct {
	ID int `json:"id"`
}

func TestReplies(t *testing.T) {
	for name, test := range map[string]struct {
		result any
		status int // of the action
		want   string
	}{
		"plain":                     {room{7}, 0, `0 map[] {"id":7}`},
		"the action's status":       {room{7}, 202, `202 map[] {"id":7}`},
		"created":                   {action.Created(room{7}, "/api/room/7"), 0, `201 map[Location:[/api/room/7]] {"id":7}`},
		"created, with spaces":      {action.Created(room{7}, "/api/room/é b?a=%20\r\n"), 0, `201 map[Location:[/api/room/%C3%A9%20b?a=%20%0D%0A]] {"id":7}`},
		"created, nowhere":          {action.Created(&room{7}, ""), 0, `201 map[] {"id":7}`},
		"its own status wins":       {action.Created(room{7}, ""), 202, `201 map[] {"id":7}`},
		"no status of its own":      {action.Reply[room]{Value: room{7}, Header: http.Header{"X": {"1"}}}, 202, `202 map[X:[1]] {"id":7}`},
		"no content":                {action.NoContent{}, 0, `204 map[] null`},
		"a reply in a reply":        {action.Reply[any]{Value: action.Created(room{7}, "")}, 0, `201 map[] {"id":7}`},
		"a status that is no reply": {action.Reply[room]{Status: 404}, 0, "CONNECTION_SERVER_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			_, e := register(action.Options{}, action.Action{Status: test.status}, returns(test.result, nil))
			response, err := e.Serve(t.Context(), nil)
			got := ""
			if err != nil {
				got = string(err.Type)
			} else {
				got = fmt.Sprintf("%d %v %s", response.Status, response.Header, response.JSON)
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestReplyOfGoCode: Go code gets the reply as it is, and another action may return it.
func TestReplyOfGoCode(t *testing.T) {
	r := action.NewRegistry(action.Options{})
	create := action.Handle(r, action.Action{Name: "create"}, func(context.Context, none) (action.Reply[room], error) {
		return action.Created(room{7}, "/room/7"), nil
	})
	got, err := create.Act(t.Context(), none{})
	if err != nil || got.Value.ID != 7 || got.Status != 201 {
		t.Errorf("got %+v, %v", got, err)
	}
	if encoded, err := json.Marshal(map[string]any{"room": got, "none": action.NoContent{}}); string(encoded) != `{"none":null,"room":{"id":7}}` {
		t.Errorf("got %s, %v", encoded, err)
	}
}

func TestSchemasOfReplies(t *testing.T) {
	r := action.NewRegistry(action.Options{})
	plain := action.Handle(r, action.Action{Name: "plain"}, func(context.Context, none) (room, error) { return room{}, nil })
	reply := action.Handle(r, action.Action{Name: "reply"}, func(context.Context, none) (action.Reply[room], error) { return action.Reply[room]{}, nil })
	nothing := action.Handle(r, action.Action{Name: "nothing"}, func(context.Context, none) (action.NoContent, error) { return action.NoContent{}, nil })
	want, _ := json.Marshal(plain.Entry().OutputSchema())
	if got, _ := json.Marshal(reply.Entry().OutputSchema()); string(got) != string(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, _ := json.Marshal(nothing.Entry().OutputSchema()); !strings.Contains(string(got), `"null"`) {
		t.Errorf("got %s", got)
	}
}

func TestStatusesThatMakeNoSense(t *testing.T) {
	for name, register := range map[string]func(*action.Registry){
		"of a failure": func(r *action.Registry) {
			action.Handle(r, action.Action{Name: "a", Status: 404}, returns(1, nil))
		},
		"of a redirect": func(r *action.Registry) {
			action.Handle(r, action.Action{Name: "a", Status: 302}, returns(1, nil))
		},
		"without an effect on a stream": func(r *action.Registry) {
			action.Handle(r, action.Action{Name: "a", Status: 201}, func(context.Context, none) (action.Stream, error) { return nil, nil })
		},
		"without an effect on a handler": func(r *action.Registry) {
			action.Handle(r, action.Action{Name: "a", Status: 201}, func(context.Context, none) (http.HandlerFunc, error) { return nil, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			message := panics(func() { register(action.NewRegistry(action.Options{})) })
			if !strings.Contains(message, `action "a"`) || !strings.Contains(message, "Status") {
				t.Errorf("got %q", message)
			}
		})
	}
}
