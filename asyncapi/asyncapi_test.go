package asyncapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/asyncapi"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Post is what is sent in rooms.
type Post struct {
	Body string   `json:"body"`
	Tags []string `json:"tags"`
}

type input struct {
	Post  Post `json:"post"`
	Draft bool `json:"draft" default:"false"`
}

func returns[In, Out any](r action.Registrar, a action.Action) {
	action.Handle(r, a, func(context.Context, In) (out Out, err error) { return out, nil })
}

func source() asyncapi.Source {
	r := action.NewRegistry(action.Options{})
	returns[input, Post](r.Group(auth.Require), action.Action{Name: "post:create", Description: "Write a post", Web: action.POST("/posts")})
	returns[struct{}, *stream.EventStream](r, action.Action{Name: "count", Web: action.GET("/count"), Deprecated: "Use time."})
	returns[struct{}, action.NoContent](r, action.Action{Name: "touch", Web: action.PUT("/touch")})
	returns[struct{}, any](r, action.Action{Name: "any", Only: []string{"websocket"}})
	returns[struct{}, string](r, action.Action{Name: "page", Web: action.GET("/page"), Only: []string{"web"}})
	return asyncapi.Source{
		Actions: r.All(), URL: "https://app.example/base",
		Channels: []channel.Channel{
			{Name: "room:{room}", Description: "What is said", Sends: reflect.TypeFor[Post](), History: channel.Last(10, time.Hour)},
			{Name: "news", Authorize: func(context.Context, *channel.Join) error { return nil }},
			{Name: "room:room"},
		},
	}
}

func document(t *testing.T) map[string]any {
	t.Helper()
	data, err := asyncapi.Describe(source()).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // the order of maps must not show
		if again, err := asyncapi.Describe(source()).JSON(); err != nil || !bytes.Equal(again, data) {
			t.Fatal("two documents of the same app differ")
		}
	}
	var d map[string]any
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// at returns a part of a document as compact JSON.
func at(t *testing.T, d any, pointer string) string {
	t.Helper()
	for name := range strings.FieldsSeq(pointer) {
		members, ok := d.(map[string]any)
		if !ok {
			t.Fatalf("%s: %v has no members", pointer, d)
		}
		d = members[name]
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDescribe(t *testing.T) {
	d := document(t)
	for pointer, want := range map[string]string{
		"asyncapi":                                                       `"3.0.0"`,
		"servers":                                                        `{"app":{"host":"app.example","pathname":"/base","protocol":"wss"}}`,
		"operations action_post_create summary":                          `"Write a post"`,
		"operations action_post_create action":                           `"receive"`,
		"operations action_post_create x-keryx-guards":                   `["login"]`,
		"operations action_post_create reply messages":                   `[{"$ref":"#/channels/socket/messages/post_create_response"},{"$ref":"#/channels/socket/messages/error"}]`,
		"operations action_count reply messages":                         `[{"$ref":"#/channels/socket/messages/streamed"},{"$ref":"#/channels/socket/messages/error"},{"$ref":"#/channels/socket/messages/chunk"}]`,
		"operations action_count description":                            `"Use time."`,
		"operations action_page":                                         `null`,
		"operations subscribe reply messages":                            `[{"$ref":"#/channels/socket/messages/subscribed"},{"$ref":"#/channels/socket/messages/error"}]`,
		"operations channel_room_room action":                            `"send"`,
		"channels room_room address":                                     `"room:{room}"`,
		"channels room_room parameters":                                  `{"room":{}}`,
		"channels room_room x-keryx-history":                             `true`,
		"channels room_room x-keryx-open":                                `true`,
		"channels room_room_ address":                                    `"room:room"`,
		"channels news x-keryx-open":                                     `null`,
		"components messages touch_response payload properties response": `{"type":"null"}`,
		"components messages any_response payload properties response":   `{}`,
		"components messages room_room_message payload properties message properties message": `{"$ref":"#/components/schemas/Post"}`,
		"components schemas input properties post":                                            `{"$ref":"#/components/schemas/PostInput"}`,
	} {
		if got := at(t, d, pointer); got != want {
			t.Errorf("%s:\n got %s\nwant %s", pointer, got, want)
		}
	}
	var names []string
	for name := range d["components"].(map[string]any)["schemas"].(map[string]any) {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"Post", "PostInput", "input"}; !slices.Equal(names, want) {
		t.Errorf("schemas: %q, want %q", names, want)
	}
}

// TestMessagesOfTheWire: the schemas accept what clients and servers say.
func TestMessagesOfTheWire(t *testing.T) {
	d := document(t)
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("https://example.com/asyncapi.json", d); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, text string
		ok         bool
	}{
		{"post_create", `{"messageType":"action","action":"post:create","params":{"post":{"body":"hi","tags":[]}},"messageId":1}`, true},
		{"post_create", `{"messageType":"action","action":"post:create"}`, false},
		{"post_create", `{"messageType":"action","action":"other","params":{"post":{"body":"hi","tags":[]}}}`, false},
		{"post_create_response", `{"messageId":1,"response":{"body":"hi","tags":null}}`, true},
		{"subscribe", `{"messageType":"subscribe","channel":"news","messageId":"a","after":"1-2"}`, true},
		{"subscribed", `{"messageId":"a","subscribed":{"channel":"news","position":"1-2","recovered":true}}`, true},
		{"unsubscribed", `{"unsubscribed":{"channel":"news"}}`, true},
		{"error", `{"messageId":"a","error":{"message":"no","type":"CONNECTION_NOT_SUBSCRIBED","timestamp":1}}`, true},
		{"chunk", `{"messageId":1,"streaming":true,"chunk":"data: 1"}`, true},
		{"streamed", `{"messageId":1,"streaming":false}`, true},
		{"streamed", `{"messageId":1,"streaming":true}`, false},
		{"room_room_message", `{"message":{"channel":"room:1","message":{"body":"hi","tags":["a"]},"sender":"user:1","position":"1-2"}}`, true},
		{"presence", `{"message":{"channel":"room:1","message":"{\"event\":\"join\",\"presenceKey\":\"1\"}","sender":"presence"}}`, true},
	} {
		compiled, err := compiler.Compile(fmt.Sprintf("https://example.com/asyncapi.json#/components/messages/%s/payload", test.name))
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(test.text))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); (err == nil) != test.ok {
			t.Errorf("%s %s: %v", test.name, test.text, err)
		}
	}
}

func ExampleDescribe() {
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "hello", Web: action.GET("/hello")}, func(context.Context, struct{}) (string, error) { return "Hello", nil })
	d := asyncapi.Describe(asyncapi.Source{
		Actions: r.All(), Channels: []channel.Channel{{Name: "news", Sends: reflect.TypeFor[Post]()}},
	})
	fmt.Println(d.Channels["news"].Address, d.Operations["action_hello"].Action)
	// Output: news receive
}
