package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/openapi"
	"github.com/keryx-go/keryx/stream"
)

// URL has the name of a type of net/url.
type URL struct {
	Href string `json:"href" example:"https://example.com" doc:"Where it leads"`
}

// Address is read in another form than it is written.
type Address struct {
	Street string   `json:"street" minLength:"1"`
	Notes  []string `json:"notes" required:"false"`
}

// tree contains itself.
type tree struct {
	Name     string  `json:"name"`
	Children []*tree `json:"children"`
}

// returns registers an action that returns the zero Out.
func returns[In, Out any](r action.Registrar, a action.Action) {
	action.Handle(r, a, func(context.Context, In) (out Out, err error) { return out, nil })
}

// describe returns the document of some actions, as JSON.
func describe(t *testing.T, register func(r *action.Registry), s openapi.Source) document {
	t.Helper()
	r := action.NewRegistry(action.Options{})
	register(r)
	s.Actions = r.All()
	data, err := openapi.Describe(s).JSON()
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	for range 3 { // the order of maps must not show
		again.Reset()
		other, err := openapi.Describe(s).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if again.Write(other); !bytes.Equal(again.Bytes(), data) {
			t.Fatal("two documents of the same actions differ")
		}
	}
	return document{t, data}
}

type document struct {
	t    *testing.T
	data []byte
}

// at returns a part of the document as compact JSON, and "" when it is not there. The
// elements of a pointer are separated by spaces.
func (d document) at(pointer string) string {
	d.t.Helper()
	part := json.RawMessage(d.data)
	for name := range strings.FieldsSeq(pointer) {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(part, &members); err != nil {
			d.t.Fatalf("%s: %v: %s", pointer, err, part)
		}
		if part = members[name]; part == nil {
			return ""
		}
	}
	var b bytes.Buffer
	if err := json.Compact(&b, part); err != nil {
		d.t.Fatal(err)
	}
	return b.String()
}

func (d document) has(want map[string]string) {
	d.t.Helper()
	for pointer, text := range want {
		if got := d.at(pointer); got != text {
			d.t.Errorf("%s:\n got %s\nwant %s", pointer, got, text)
		}
	}
}

// names returns the names of the members of a part.
func (d document) names(pointer string) []string {
	d.t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(d.at(pointer)), &members); err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestWhereParametersAre(t *testing.T) {
	type show struct {
		ID     int64    `json:"id" minimum:"1" doc:"Which one"`
		Fields []string `json:"fields" required:"false" example:"a,b"`
		Filter *Address `json:"filter"`
		Agent  string   `json:"agent" header:"User-Agent" required:"false"`
		Old    bool     `json:"old" default:"false" deprecated:"true"`
	}
	type edit struct {
		ID     int64  `json:"id"`
		Name   string `json:"name"`
		Secret string `json:"secret" secret:"true" required:"false"`
	}
	type upload struct {
		File  action.File `json:"file" contentType:"image/png"`
		Title string      `json:"title"`
	}
	type raw struct {
		Data action.RawBody `body:"true" contentType:"image/png,image/jpeg"`
	}
	type whole struct {
		List []int `body:"true"`
	}
	d := describe(t, func(r *action.Registry) {
		returns[show, Address](r, action.Action{Name: "thing:show", Web: action.GET("/thing/{id}"), Description: "Show a thing\nAll of it.", Deprecated: "Use things."})
		returns[edit, action.NoContent](r, action.Action{Name: "thing:edit", Web: action.PUT("/thing/{id}")})
		returns[upload, string](r, action.Action{Name: "upload", Web: action.POST("/upload"), Status: 201})
		returns[raw, string](r, action.Action{Name: "raw", Web: action.POST("/raw")})
		returns[whole, string](r, action.Action{Name: "whole", Web: action.POST("/whole/{$}")})
		returns[struct{}, string](r, action.Action{Name: "hidden"})
		returns[struct{}, string](r, action.Action{Name: "socket", Web: action.GET("/socket"), Only: []string{"websocket"}})
	}, openapi.Source{})
	d.has(map[string]string{
		"openapi":                           `"3.1.0"`,
		"info":                              `{"title":"API","version":"0.0.0"}`,
		"paths /thing/{id} get operationId": `"thing:show"`,
		"paths /thing/{id} get summary":     `"Show a thing"`,
		"paths /thing/{id} get description": `"Show a thing\nAll of it.\n\nUse things."`,
		"paths /thing/{id} get deprecated":  `true`,
		"paths /thing/{id} get tags":        `["thing"]`,
		"paths /thing/{id} get parameters": `[` +
			`{"name":"id","in":"path","description":"Which one","required":true,"schema":{"type":"integer","format":"int64","minimum":1}},` +
			`{"name":"fields","in":"query","schema":{"type":"array","items":{"type":"string"},"examples":[["a","b"]]}},` +
			`{"name":"filter","in":"query","content":{"application/json":{"schema":{"$ref":"#/components/schemas/AddressInput"}}}},` +
			`{"name":"User-Agent","in":"header","schema":{"type":"string"}},` +
			`{"name":"old","in":"query","deprecated":true,"schema":{"type":"boolean","default":false}}]`,
		"paths /thing/{id} put parameters": `[{"name":"id","in":"path","required":true,"schema":{"type":"integer","format":"int64"}}]`,
		"paths /thing/{id} put requestBody": `{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/thing_edit_Request"}},` +
			`"application/x-www-form-urlencoded":{"schema":{"$ref":"#/components/schemas/thing_edit_Request"}}}}`,
		"paths /thing/{id} put responses 204": `{"description":"No Content"}`,
		"paths /thing/{id} put responses 200": "",
		"components schemas thing_edit_Request": `{"type":"object","properties":{"name":{"type":"string"},` +
			`"secret":{"type":["string","null"],"writeOnly":true}},"required":["name"]}`,
		"paths /upload post requestBody":   `{"required":true,"content":{"multipart/form-data":{"schema":{"$ref":"#/components/schemas/upload_Request"}}}}`,
		"paths /upload post responses 201": `{"description":"Created","content":{"application/json":{"schema":{"type":"string"}}}}`,
		"paths /raw post requestBody":      `{"required":true,"content":{"image/jpeg":{},"image/png":{}}}`,
		"paths /whole/ post requestBody":   `{"required":true,"content":{"application/json":{"schema":{"type":"array","items":{"type":"integer","format":"int64"}}}}}`,
		"paths /socket":                    "",
	})
	if got := d.names("paths"); !slices.Equal(got, []string{"/raw", "/thing/{id}", "/upload", "/whole/"}) {
		t.Errorf("paths: %q", got)
	}
}

func TestResults(t *testing.T) {
	d := describe(t, func(r *action.Registry) {
		returns[struct{}, tree](r, action.Action{Name: "tree", Web: action.GET("/tree")})
		returns[struct{}, *stream.EventStream](r, action.Action{Name: "events", Web: action.GET("/events")})
		returns[struct{}, *stream.ChunkStream](r, action.Action{Name: "chunks", Web: action.GET("/chunks")})
		returns[struct{}, http.Handler](r, action.Action{Name: "page", Web: action.GET("/page")})
		returns[struct{}, any](r, action.Action{Name: "any", Web: action.GET("/any")})
		returns[struct{}, action.Reply[Address]](r, action.Action{Name: "reply", Web: action.GET("/reply")})
		returns[struct{}, action.Reply[int]](r, action.Action{Name: "created", Web: action.POST("/created"), Status: 201})
	}, openapi.Source{})
	d.has(map[string]string{
		"paths /tree get responses 200 content": `{"application/json":{"schema":{"$ref":"#/components/schemas/tree"}}}`,
		"components schemas tree": `{"type":"object","properties":{"name":{"type":"string"},` +
			`"children":{"type":["array","null"],"items":{"anyOf":[{"$ref":"#/components/schemas/tree"},{"type":"null"}]}}},"required":["name","children"]}`,
		"paths /events get responses 200 content":       `{"text/event-stream":{"schema":{"type":"string"}}}`,
		"paths /chunks get responses 200 content":       `{"*/*":{}}`,
		"paths /page get responses 2XX content":         `{"*/*":{}}`,
		"paths /created post responses 201 description": `"Created"`,
		"paths /any get responses 200 content":          `{"application/json":{"schema":{}}}`,
		"paths /reply get responses 2XX content":        `{"application/json":{"schema":{"$ref":"#/components/schemas/Address"}}}`,
	})
}

// TestNames: a type has the same component wherever it is used, and no two types have one.
func TestNames(t *testing.T) {
	type in struct {
		Address Address `json:"address"`
	}
	d := describe(t, func(r *action.Registry) {
		returns[in, Address](r, action.Action{Name: "a", Web: action.POST("/a")})
		returns[struct{}, []Address](r, action.Action{Name: "b", Web: action.GET("/b")})
		returns[struct{}, URL](r, action.Action{Name: "c", Web: action.GET("/c")})
		returns[struct{}, url.URL](r, action.Action{Name: "d", Web: action.GET("/d")})
	}, openapi.Source{})
	d.has(map[string]string{
		"components schemas a_Request":             `{"type":"object","properties":{"address":{"$ref":"#/components/schemas/AddressInput"}},"required":["address"]}`,
		"components schemas Openapi_testURL":       `{"type":"object","properties":{"href":{"description":"Where it leads","type":"string","examples":["https://example.com"]}},"required":["href"]}`,
		"paths /d get responses 200 content":       `{"application/json":{"schema":{"$ref":"#/components/schemas/UrlURL"}}}`,
		"paths /b get responses 200 content":       `{"application/json":{"schema":{"type":["array","null"],"items":{"$ref":"#/components/schemas/Address"}}}}`,
		"components schemas AddressInput required": `["street"]`,
		"components schemas Address required":      `["street","notes"]`,
	})
	want := []string{"Address", "AddressInput", "Error", "Openapi_testURL", "Problem", "UrlURL", "Userinfo", "a_Request"}
	if got := d.names("components schemas"); !slices.Equal(got, want) {
		t.Errorf("components: %q", got)
	}
}

func TestSecurity(t *testing.T) {
	register := func(r *action.Registry) {
		returns[struct{}, string](r, action.Action{Name: "open", Web: action.GET("/open")})
		returns[struct{}, string](r.Group(auth.Require), action.Action{Name: "mine", Web: action.GET("/mine")})
		returns[struct{}, string](r.Group(auth.RequireScope("b", "a"), auth.RequireRole("staff", "owner")), action.Action{Name: "staff", Web: action.GET("/staff")})
	}
	d := describe(t, register, openapi.Source{SessionCookie: "sid", Bearer: true})
	d.has(map[string]string{
		"paths /open get security":           `[]`,
		"paths /open get responses 401":      "",
		"paths /mine get security":           `[{"session":[]},{"bearer":[]}]`,
		"paths /mine get responses 401":      `{"$ref":"#/components/responses/Unauthorized"}`,
		"paths /mine get responses 403":      "",
		"paths /staff get security":          `[{"session":[]},{"bearer":["a","b"]}]`,
		"paths /staff get responses 403":     `{"$ref":"#/components/responses/Forbidden"}`,
		"paths /staff get x-keryx-roles":     `[["staff","owner"]]`,
		"components securitySchemes session": `{"type":"apiKey","in":"cookie","name":"sid","description":"The session of a signed-in user."}`,
		"components securitySchemes bearer":  `{"type":"http","scheme":"bearer"}`,
	})
	if d := describe(t, register, openapi.Source{}); d.at("components securitySchemes session") != "" {
		t.Error("a scheme of an app without sessions")
	}
}

// TestErrors: the schemas of errors accept what package fault makes, and the statuses are
// those of the app.
func TestErrors(t *testing.T) {
	register := func(r *action.Registry) {
		returns[struct{ ID int }, string](r, action.Action{Name: "a", Web: action.POST("/a")})
		returns[struct{}, string](r, action.Action{Name: "b", Web: action.GET("/b"), Timeout: -1})
	}
	d := describe(t, register, openapi.Source{})
	if got, want := d.names("paths /a post responses"), []string{"200", "400", "406", "408", "413", "415", "500", "default"}; !slices.Equal(got, want) {
		t.Errorf("responses: %q, want %q", got, want)
	}
	if got, want := d.names("paths /b get responses"), []string{"200", "500", "default"}; !slices.Equal(got, want) {
		t.Errorf("responses: %q, want %q", got, want)
	}
	rest := describe(t, register, openapi.Source{Statuses: fault.REST()})
	if got, want := rest.names("paths /a post responses"), []string{"200", "400", "413", "415", "422", "500", "503", "default"}; !slices.Equal(got, want) {
		t.Errorf("responses with the statuses of REST: %q, want %q", got, want)
	}

	compiler := jsonschema.NewCompiler()
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(d.data))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("https://example.com/openapi.json", resource); err != nil {
		t.Fatal(err)
	}
	failure := &fault.Error{
		Type: fault.ConnectionActionParamValidation, Message: "wrong", Key: "a", Value: 1, Details: map[string]int{"a": 1}, Err: errors.New("cause"),
		Errors: fault.FieldErrors{{Message: "wrong", Key: "a", Value: []int{1}}},
	}
	for name, body := range map[string][]byte{
		"Error": failure.Body(true), "Problem": failure.Problem(406, true),
	} {
		compiled, err := compiler.Compile("https://example.com/openapi.json#/components/schemas/" + name)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for member := range value.(map[string]any) {
			if d.at("components schemas "+name+" properties "+member) == "" {
				t.Errorf("%s does not tell of %s", name, member)
			}
		}
		if inner, ok := value.(map[string]any)["error"].(map[string]any); ok {
			for member := range inner {
				if d.at("components schemas Error properties error properties "+member) == "" {
					t.Errorf("%s does not tell of %s", name, member)
				}
			}
		}
	}
}

func TestAnExampleBreaksARule(t *testing.T) {
	type in struct {
		Age int `example:"old"`
	}
	defer func() {
		if r := fmt.Sprint(recover()); !strings.Contains(r, `field Age: the example "old" does not fit`) {
			t.Errorf("panic: %v", r)
		}
	}()
	returns[in, string](action.NewRegistry(action.Options{}), action.Action{Name: "a"})
}

func ExampleDescribe() {
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "hello", Web: action.GET("/hello"), Description: "Say hello"},
		func(context.Context, struct{}) (string, error) { return "Hello", nil })
	d := openapi.Describe(openapi.Source{Actions: r.All(), Info: openapi.Info{Title: "Greeter"}, URL: "https://greeter.example/api"})
	fmt.Println(d.Info.Title, (*d.Paths["/hello"])["get"].Summary)
	// Output: Greeter Say hello
}

// BenchmarkDescribe describes 1,000 actions.
func BenchmarkDescribe(b *testing.B) {
	type in struct {
		ID      int64     `json:"id" minimum:"1"`
		Name    string    `json:"name" maxLength:"80"`
		Address Address   `json:"address"`
		When    time.Time `json:"when"`
	}
	r := action.NewRegistry(action.Options{})
	for i := range 1000 {
		returns[in, []tree](r.Group(auth.Require), action.Action{Name: fmt.Sprintf("thing%d:edit", i), Web: action.PUT(fmt.Sprintf("/thing%d/{id}", i))})
	}
	for b.Loop() {
		if _, err := openapi.Describe(openapi.Source{Actions: r.All()}).JSON(); err != nil {
			b.Fatal(err)
		}
	}
}
