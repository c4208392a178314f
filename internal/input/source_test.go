package input_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/input"
)

func TestSources(t *testing.T) {
	type request struct {
		Org       string                  `json:"org"`
		Signature string                  `json:"signature" header:"x-hub-signature"`
		Session   string                  `json:"sid,omitempty" cookie:"sid"`
		Languages []string                `json:"languages,omitempty" header:"Accept-Language"`
		Body      *input.RawBody          `json:"body" maxSize:"1KB" contentType:"application/json"`
		Nothing   input.Optional[float64] `json:"nothing" body:"false"`
	}
	plan, err := input.Compile(reflect.TypeFor[request]())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range plan.Fields() {
		got = append(got, fmt.Sprintf("%s:%s:%s:%v", f.Name, f.In, f.Source, f.Raw))
	}
	want := "org:::false signature:header:X-Hub-Signature:false sid:cookie:sid:false languages:header:Accept-Language:false body:body::true nothing:::false"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got %s\nwant %s", s, want)
	}
	body := plan.Fields()[4]
	if body.MaxSize != 1000 || !body.AllowsType("application/json; charset=utf-8") || body.AllowsType("text/plain") || body.AllowsType("") {
		t.Errorf("got %+v", body)
	}
	if any := plan.Fields()[0]; !any.AllowsType("") {
		t.Error("a field without types allows any")
	}
}

func TestOtherBodies(t *testing.T) {
	for name, typ := range map[string]reflect.Type{
		"a file": reflect.TypeFor[struct {
			F input.File `json:"f" body:"true" contentType:"image/png"`
			Q string     `json:"q,omitempty"`
		}](),
		"a list": reflect.TypeFor[struct {
			F []int `json:"f" body:"true"`
		}](),
		"an embedded body": reflect.TypeFor[struct{ embeddedBody }](),
		"an optional body": reflect.TypeFor[struct {
			F input.Optional[input.RawBody] `json:"f"`
		}](),
	} {
		plan, err := input.Compile(typ)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f := plan.Fields()[0]; f.In != input.InBody {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

type embeddedBody struct {
	F input.RawBody `json:"f"`
}

func TestSourcesThatCannotBe(t *testing.T) {
	for want, typ := range map[string]reflect.Type{
		"field F: a value comes from one place": reflect.TypeFor[struct {
			F string `header:"X-A" cookie:"a"`
		}](),
		"field G: a value comes from one place": reflect.TypeFor[struct {
			G string `header:"X-A" body:"true"`
		}](),
		"field H: a value comes from one place": reflect.TypeFor[struct {
			H input.RawBody `cookie:"a"`
		}](),
		"a RawBody is the body of the request": reflect.TypeFor[struct {
			F input.RawBody `body:"false"`
		}](),
		`"X Thing" cannot be the name of a header`: reflect.TypeFor[struct {
			F string `header:"X Thing"`
		}](),
		`"" cannot be the name of a header`: reflect.TypeFor[struct {
			F string `header:""`
		}](),
		`"a=b" cannot be the name of a cookie`: reflect.TypeFor[struct {
			F string `cookie:"a=b"`
		}](),
		"takes the header Host out": reflect.TypeFor[struct {
			F string `header:"host"`
		}](),
		`by the tag cookie:"name"`: reflect.TypeFor[struct {
			F string `header:"Cookie"`
		}](),
		"a header or a cookie is no file": reflect.TypeFor[struct {
			F input.File `header:"X-A"`
		}](),
		"one file, not several": reflect.TypeFor[struct {
			F []input.File `body:"true"`
		}](),
		"the body tag is true or false": reflect.TypeFor[struct {
			F string `body:"yes"`
		}](),
		"A and B are both the body": reflect.TypeFor[struct {
			A input.RawBody
			B string `body:"true"`
		}](),
		"the file B cannot be a part of it": reflect.TypeFor[struct {
			A input.RawBody
			B *input.File
		}](),
		"field In: field F: the header is read by a field of the input itself": reflect.TypeFor[struct {
			In struct {
				F string `header:"X-A"`
			}
		}](),
		"the body is read by a field of the input itself": reflect.TypeFor[struct {
			List []struct{ F input.RawBody }
		}](),
		"cannot be in a list or a map": reflect.TypeFor[struct{ F []input.RawBody }](),
		"field M: a RawBody cannot be": reflect.TypeFor[struct{ M map[string]input.RawBody }](),
	} {
		if _, err := input.Compile(typ); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestRawBody(t *testing.T) {
	type in struct {
		Body  input.RawBody                 `json:"body" maxSize:"4B"`
		Other input.Optional[input.RawBody] `json:"-"`
	}
	text := func(s ...string) input.Text { return s }
	for name, test := range map[string]struct {
		raw  any
		want string
	}{
		"as it was sent":   {input.RawBody("a\x00\xffb"), "a\x00\xffb"},
		"bytes":            {[]byte("ab"), "ab"},
		"empty":            {input.RawBody{}, ""},
		"base64 in JSON":   {"YWJjZA==", "abcd"},
		"base64 of a flag": {text("YWI="), "ab"},
		"too large":        {input.RawBody("abcde"), "body: body must be at most 4B ([5 bytes])"},
		"too large base64": {"YWJjZGU=", "body: body must be at most 4B (YWJjZGU=)"},
		"no base64":        {text("%"), "body: body must be base64 (%)"},
		"given twice":      {text("a", "b"), "body: body must be a single value ([a b])"},
		"a number":         {1, "body: body must be text (1)"},
		"a file of a form": {upload("a", "A"), "body: body must be text (a)"},
	} {
		got, errs := bind[in](t, map[string]any{"body": test.raw})
		s := ""
		if errs != nil {
			s = fmt.Sprintf("%s: %s (%v)", errs[0].Key, errs[0].Message, errs[0].Value)
		} else {
			s = string(got.Body)
		}
		if s != test.want {
			t.Errorf("%s: got %q, want %q", name, s, test.want)
		}
	}
}

// TestRawBodyIsNotLogged: a log has the size of a body, and not its bytes.
func TestRawBodyIsNotLogged(t *testing.T) {
	plan, err := input.Compile(reflect.TypeFor[struct {
		Body input.RawBody `json:"body"`
	}]())
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.Redact(map[string]any{"body": input.RawBody("abc")})["body"]; got != "[3 bytes]" {
		t.Errorf("got %v", got)
	}
	values, err := input.Values(map[string]any{"body": input.RawBody("abc")})
	if got, ok := values["body"].(input.RawBody); err != nil || !ok || string(got) != "abc" {
		t.Errorf("got %v, %v", values, err)
	}
}

// TestParseObjectOfAPlan: only what a field asks for is parsed, and no header or cookie
// is taken from a body.
func TestParseObjectOfAPlan(t *testing.T) {
	type in struct {
		Name string          `json:"name"`
		Home *address        `json:"home"`
		Tree *tree           `json:"tree"`
		Any  map[string]any  `json:"any,omitempty"`
		List []address       `json:"list,omitempty"`
		Sig  string          `json:"sig" header:"X-Sig"`
		Sid  string          `json:"sid" cookie:"sid"`
		Raw  json.RawMessage `json:"raw,omitempty"`
	}
	plan, err := input.Compile(reflect.TypeFor[in]())
	if err != nil {
		t.Fatal(err)
	}
	got, err := plan.ParseObject([]byte(`{"name":"n","x":[{"y":1}],"home":{"street":"s","x":1},"tree":{"name":"a","x":0,"children":[{"x":0,"name":"b"}]},` +
		`"any":{"k":{"x":1}},"list":[{"street":"s","x":{}}],"sig":"forged","sid":"forged","raw":{"x":1}}`))
	encoded, _ := json.Marshal(got)
	want := `{"any":{"k":{"x":1}},"home":{"street":"s"},"list":[{"street":"s"}],"name":"n","raw":{"x":1},"tree":{"children":[{"name":"b"}],"name":"a"}}`
	if err != nil || string(encoded) != want {
		t.Errorf("got %s, %v\nwant %s", encoded, err, want)
	}
	for text, want := range map[string]string{
		`[1]`: "expected a JSON object, got an array", `{"x":{"a":1,"a":2}}`: `the key "a" occurs twice`, `{"home":{"x":0,"x":1}}`: `the key "x" occurs twice`,
		`{"any":{"l":[0` + strings.Repeat(",0", input.MaxValues) + `]}}`: "more than 100000 values",
	} {
		if _, err := plan.ParseObject([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50s: got %v, want %q", text, err, want)
		}
	}
}

func TestParseBody(t *testing.T) {
	plan, err := input.Compile(reflect.TypeFor[struct {
		List []address `json:"list" body:"true"`
	}]())
	if err != nil {
		t.Fatal(err)
	}
	body, err := plan.ParseBody([]byte(`[{"street":"ab","x":1}]`))
	if err != nil || fmt.Sprint(body) != "[map[street:ab]]" {
		t.Fatalf("got %v, %v", body, err)
	}
	if _, errs := plan.Bind(map[string]any{"list": body}); errs != nil {
		t.Error(errs)
	}
	if _, err := plan.ParseBody([]byte(`[1] 2`)); err == nil {
		t.Error("two values were parsed")
	}
}
