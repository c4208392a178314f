package action_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
)

// refusal registers an action and returns what Handle panics with.
func refusal[In any](route action.Route) (message string) {
	defer func() {
		if r := recover(); r != nil {
			message = fmt.Sprint(r)
		}
	}()
	action.Handle(action.NewRegistry(action.Options{}), action.Action{Name: "a", Web: route},
		func(context.Context, In) (int, error) { return 0, nil })
	return ""
}

func TestBodiesNeedAMethodThatHasThem(t *testing.T) {
	type raw struct {
		Body action.RawBody `json:"body"`
	}
	type file struct {
		Files []action.File `json:"files,omitempty"`
	}
	type list struct {
		IDs []int `json:"ids" body:"true"`
	}
	type header struct {
		Thing string `json:"thing" header:"X-Thing"`
	}
	for want, got := range map[string]string{
		`keryx: action "a": route GET /a: the input body is the body of the request`: refusal[raw](action.GET("/a")),
		"the input ids is the body of the request, and a GET has none":               refusal[list](action.GET("/a")),
		"the input files is a file, and a GET has no body":                           refusal[file](action.GET("/a")),
		"the parameter {thing} is an input from the header of a request":             refusal[header](action.GET("/{thing}")),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for name, got := range map[string]string{
		"a raw body":          refusal[raw](action.POST("/a")),
		"a file":              refusal[file](action.DELETE("/a")),
		"a body without HTTP": refusal[raw](action.Route{}),
		"a header":            refusal[header](action.GET("/a")),
	} {
		if got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}
