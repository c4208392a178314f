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

// TestRoutesThatNoRequestReaches has mistakes that a ServeMux takes as they are.
func TestRoutesThatNoRequestReaches(t *testing.T) {
	type in struct {
		ID   string `json:"id,omitempty"`
		Path string `json:"path,omitempty"`
	}
	for route, want := range map[action.Route]string{
		{Method: "get", Path: "/x"}:     `keryx: action "a": the route "get /x": the method "get" is in upper case; write "GET"`,
		{Method: "HEAD", Path: "/x"}:    "a route with GET answers HEAD",
		{Method: "OPTIONS", Path: "/x"}: "the server answers OPTIONS itself",
		{Method: "G T", Path: "/x"}:     `unknown method "G T"; did you mean "GET"?`,
		{Method: "DELTE", Path: "/x"}:   `unknown method "DELTE"; did you mean "DELETE"?`,
		{Method: "CONNECT", Path: "/x"}: "it is one of GET, POST, PUT, PATCH, DELETE",
		{Method: "GET"}:                 "needs a method and a path",
		{Path: "/x"}:                    "needs a method and a path",
		action.GET("/:id"):              "write {id}",
		action.GET("/a/:id/b"):          "write {id}",
		action.GET("/files/*"):          "write {path...}",
		action.GET("/files/*rest"):      "write {rest...}",
		action.GET("/a?b"):              `leave out "?b"`,
		action.GET("/a#b"):              `browsers do not send "#b"`,
		action.GET("/a b"):              "has a space",
		action.GET("/a\tb"):             "has a space",
		action.GET("/a "):               "has a space",
		action.GET(`/a\b`):              "a backslash",
		action.GET("//a"):               `it has "//"`,
		action.GET("/a//b"):             `it has "//"`,
		action.GET("/a//"):              `it has "//"`,
		action.GET("/a/./b"):            `no request has a segment "."`,
		action.GET("/a/.."):             `no request has a segment ".."`,
		action.GET("/a/%2e%2E/b"):       `no request has a segment "%2e%2E"`,
		action.GET("/a%zz"):             "begins no escape",
		action.GET("/100%"):             "begins no escape",
		action.GET("/a%20b"):            "has a space",
		action.GET("/%61"):              `without escapes: "a"`,
		action.GET("/{id"):              "a whole segment",
		action.GET("/id}"):              "a whole segment",
		action.GET("/{id}}"):            "a whole segment",
		action.GET("/a{id}"):            "a whole segment",
		action.GET("/{id}.json"):        "a whole segment",
		action.GET("/{}"):               "the parameter {} is no input",
		action.GET("/{id}/{id}"):        "cannot be used",
		action.GET("/{path...}/x"):      "cannot be used",
		action.GET("/.well-known/x"):    "mount a handler there",
		action.GET("/x/.well-known/y"):  "mount a handler there",
		action.GET("/.well-known"):      "mount a handler there",
	} {
		if got := refusal[in](route); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", route, got, want)
		}
	}
	for _, path := range []string{"/", "/a", "/a/", "/{id}", "/a/{path...}", "/a/{$}", "/a:b", "/a.b", "/ü", "/a%2Fb", "/~a", "/a-b_c", "/a+b", "/...", "/.hidden"} {
		if got := refusal[in](action.GET(path)); got != "" {
			t.Errorf("%s: %s", path, got)
		}
	}
}
