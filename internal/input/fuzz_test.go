package input_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keryx-go/keryx/internal/input"
)

func TestParseObjectRefuses(t *testing.T) {
	for body, want := range map[string]string{
		"":                         "it is empty",
		"  ":                       "it is empty",
		"[1]":                      "expected a JSON object, got an array",
		`"x"`:                      "got a string",
		"1":                        "got a number",
		"true":                     "got a boolean",
		"null":                     "got null",
		`{"a":1`:                   "it ends too early",
		`{"a":1,"a":2}`:            `the key "a" occurs twice`,
		`{"b":{"a":1,"\u0061":2}}`: `the key "a" occurs twice`,
		`{} {}`:                    "something follows",
		"{\"a\":\"\xff\"}":         "invalid UTF-8",
		`{"a":nope}`:               "invalid character",
		`{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`: "nests deeper than 100 levels",
	} {
		if _, err := input.ParseObject([]byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %q in it", body, err, want)
		}
	}
}

// FuzzParseObject compares the parser with encoding/json: a text that it accepts is
// JSON with the same meaning.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,2.5e3,{"b":null}],"c":"\u00e4"}`, `{"a":1,"a":2}`, `[`, "{\"\xff\":1}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := input.ParseObject(data)
		if err != nil {
			return
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatalf("the parsed value cannot be encoded: %v", err)
		}
		var want map[string]any
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatalf("encoding/json refuses an accepted text: %v", err)
		}
		if plain, _ := json.Marshal(want); string(plain) != string(again) {
			t.Fatalf("got %s, encoding/json reads %s", again, plain)
		}
	})
}

// FuzzBindText feeds one text to a field of each type: it binds or it fails with the
// key, and never panics; a bound value satisfies the rules.
func FuzzBindText(f *testing.F) {
	for _, seed := range []string{"", "5", "-1", "1e9", "NaN", "0x1p-2", "true", "on", "2026-01-02T03:04:05Z", "1h", "{}", `{"street":"x"}`, "a\x00", "\xff", "high", "1_000"} {
		f.Add(seed)
	}
	plan, err := input.Compile(reflect.TypeFor[everything]())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, field := range plan.Fields() {
			params := map[string]any{"name": "abc", field.Name: input.Text{text}}
			in, errs := plan.Bind(params)
			for _, e := range errs {
				if !strings.HasPrefix(e.Key, field.Name) || e.Message == "" {
					t.Fatalf("%s=%q: error %+v", field.Name, text, e)
				}
			}
			if errs != nil {
				continue
			}
			got := in.(*everything)
			if n := utf8.RuneCountInString(got.Name); n < 3 || n > 5 || strings.Contains(got.Name, "\x00") {
				t.Fatalf("name %q was let in", got.Name)
			}
			if got.Age > 150 || got.Limit > 100 || got.Score < 0 {
				t.Fatalf("%s=%q let in %+v", field.Name, text, got)
			}
			plan.Redact(params)
		}
	})
}

// FuzzBindJSON binds any object to a type with everything in it. The value in an error
// can be encoded, and a bound value is the same when it is sent again as a Go value.
func FuzzBindJSON(f *testing.F) {
	for _, seed := range []string{
		`{"name":"abc","tags":["a","b"],"pair":[1,2],"counts":{"a":1},"home":{"street":"ok","zip":"12345"},"nick":null}`,
		`{"name":"abc","others":[{"street":"ok"}],"at":"2026-01-02T03:04:05+01:00","day":"2026-01-02","wait":"1h","level":"low"}`,
		`{"name":"abc","bytes":"aGk=","any":{"a":[1,"x",null]},"tree":{"name":"a","children":[{"name":"b"}]},"limit":1e1,"sorts":[]}`,
		`{"name":5,"age":-1,"tags":{},"home":[],"tree":{"children":[1,{}]},"password":"short","stars":1e400}`,
	} {
		f.Add([]byte(seed))
	}
	plan, err := input.Compile(reflect.TypeFor[everything]())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		params, err := input.ParseObject(body)
		if err != nil {
			return
		}
		if _, err := json.Marshal(plan.Redact(params)); err != nil {
			t.Fatalf("the redacted parameters cannot be encoded: %v", err)
		}
		in, errs := plan.Bind(params)
		if errs != nil {
			if _, err := json.Marshal(errs); err != nil {
				t.Fatalf("the errors cannot be encoded: %v", err)
			}
			return
		}
		values, err := input.Values(in)
		if err != nil {
			t.Fatal(err)
		}
		again, errs := plan.Bind(values)
		if errs != nil {
			t.Fatalf("a bound value fails as a Go value: %v", errs)
		}
		one, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if two, _ := json.Marshal(again); string(one) != string(two) {
			t.Fatalf("got %s, then %s", one, two)
		}
	})
}
