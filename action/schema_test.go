package action_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/keryx-go/keryx/action"
)

func ExampleEntry_InputSchema() {
	type input struct {
		Name  string `json:"name" doc:"What to call them" minLength:"2"`
		Limit int    `json:"limit" minimum:"1" default:"10"`
	}
	type output struct {
		Greeting string `json:"greeting"`
	}
	r := action.NewRegistry(action.Options{})
	greet := action.Handle(r, action.Action{Name: "greet"}, func(_ context.Context, in input) (output, error) {
		return output{"Hello, " + in.Name}, nil
	})
	in, _ := json.MarshalIndent(greet.Entry().InputSchema(), "", "  ")
	out, _ := json.Marshal(greet.Entry().OutputSchema())
	fmt.Println(string(in))
	fmt.Println(string(out))
	// Output:
	// {
	//   "$schema": "https://json-schema.org/draft/2020-12/schema",
	//   "type": "object",
	//   "properties": {
	//     "name": {
	//       "description": "What to call them",
	//       "type": "string",
	//       "minLength": 2
	//     },
	//     "limit": {
	//       "type": [
	//         "integer",
	//         "null"
	//       ],
	//       "format": "int64",
	//       "default": 10,
	//       "minimum": 1
	//     }
	//   },
	//   "required": [
	//     "name"
	//   ]
	// }
	// {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"greeting":{"type":"string"}},"required":["greeting"]}
}

type redirect struct{ URL string }

func (redirect) ServeHTTP(http.ResponseWriter, *http.Request) {}

func TestOutputsThatMayBeAnything(t *testing.T) {
	r := action.NewRegistry(action.Options{})
	for name, e := range map[string]*action.Entry{
		"handler": action.Handle(r, action.Action{Name: "handler"}, func(context.Context, struct{}) (redirect, error) { return redirect{}, nil }).Entry(),
		"stream":  action.Handle(r, action.Action{Name: "stream"}, func(context.Context, struct{}) (action.Stream, error) { return nil, nil }).Entry(),
		"any":     action.Handle(r, action.Action{Name: "any"}, func(context.Context, struct{}) (any, error) { return nil, nil }).Entry(),
	} {
		if got, _ := json.Marshal(e.OutputSchema()); string(got) != `{"$schema":"https://json-schema.org/draft/2020-12/schema"}` {
			t.Errorf("%s: %s", name, got)
		}
	}
}
