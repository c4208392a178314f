package input_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keryx-go/keryx/action/input"
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

// FuzzParseObject holds the parser against encoding/json: what it accepts is
// JSON and means the same.
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
			t.Fatalf("what was parsed does not encode: %v", err)
		}
		var want map[string]any
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatalf("encoding/json refuses what was accepted: %v", err)
		}
		if plain, _ := json.Marshal(want); string(plain) != string(again) {
			t.Fatalf("got %s, encoding/json reads %s", again, plain)
		}
	})
}

// FuzzBindText feeds one text to a field of each type: it binds or it fails
// with the key, and never panics; what binds is what the rules allow.
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
