package strictjson_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/internal/strictjson"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "it is empty",
		" \n":                        "it is empty",
		`{"a":1`:                     "it ends too early",
		`"a`:                         "it ends too early",
		`{} {}`:                      "something follows the JSON value at offset 3",
		"\"\xff\"":                   "invalid UTF-8",
		`{"a":nope}`:                 "invalid character 'o'",
		"\"\x00\"":                   "invalid character",
		`{"a":1,"a":2}`:              `the key "a" occurs twice`,
		`[{"b":{"a":1,"\u0061":2}}]`: `the key "a" occurs twice`,
		strings.Repeat("[", 101) + strings.Repeat("]", 101):          "nests deeper than 100 levels",
		strings.Repeat(`{"":`, 101) + "1" + strings.Repeat("}", 101): "nests deeper than 100 levels",
		strings.Repeat("[", 100_000):                                 "exceeded max depth",
	} {
		value, err := strictjson.Parse([]byte(text))
		if err == nil {
			_, err = value.Decode()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %q in it", text, err, want)
		}
	}
}

func TestMembers(t *testing.T) {
	text := " { \"a\" : [1, {\"]\":\"}\"}] ,\"\\u0062\":\"q\\\"\",\"c\":-1.5e3 ,\"d\":{},\"e\":true,\"f\":null} "
	value, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = value.Members(func(key string, v strictjson.Value) error {
		said, isText := v.Text()
		got = append(got, fmt.Sprintf("%s=%s|%s|%s|%t", key, v, v.Kind(), said, isText))
		return nil
	})
	want := []string{
		`a=[1, {"]":"}"}]|an array||false`, `b="q\""|a string|q"|true`, `c=-1.5e3|a number||false`,
		`d={}|an object||false`, `e=true|a boolean||false`, `f=null|null||false`,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestMembersOfWhatIsNoObject(t *testing.T) {
	for _, text := range []string{"[]", "1", `"{}"`, "null"} {
		value, err := strictjson.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := value.Members(nil); err == nil || !strings.Contains(err.Error(), "expected a JSON object, got") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzParse compares the package with encoding/json. A text that it accepts is JSON
// with the same meaning, as a whole and member by member. A text that it refuses is not
// JSON, or violates one of its four stricter rules.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { "a" : [1,2.5e3,{"b":null}],"c":"\u00e4\ud800" } `, `{"a":1,"a":2}`, `[`, "{\"\xff\":1}", `"\\"`, `[[],{},"]"]`, "1 ", "-0", "true",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := strictjson.Parse(data)
		if valid := json.Valid(data) && utf8.Valid(data); valid != (err == nil) {
			t.Fatalf("valid is %t, but the error is %v", valid, err)
		}
		if err != nil {
			return
		}
		got, err := value.Decode()
		if err != nil {
			return // too deep, or a key that occurs twice
		}
		var want any
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, encoding/json reads %v, %v", got, want, err)
		}
		object, ok := want.(map[string]any)
		members := 0
		err = value.Members(func(key string, v strictjson.Value) error {
			members++
			if one, err := v.Decode(); err != nil || !reflect.DeepEqual(one, object[key]) {
				t.Errorf("member %q: got %v, %v, want %v", key, one, err, object[key])
			}
			return nil
		})
		if ok != (err == nil) || members != len(object) {
			t.Errorf("%d members of %d, %v", members, len(object), err)
		}
	})
}

func ExampleValue_Members() {
	value, err := strictjson.Parse([]byte(`{"id":1.0,"name":"Ada"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = value.Members(func(key string, v strictjson.Value) error {
		fmt.Println(key, string(v), v.Kind())
		return nil
	})
	// Output:
	// id 1.0 a number
	// name "Ada" a string
}

func BenchmarkDecode(b *testing.B) {
	text := []byte(`{"messageType":"action","action":"user:show","params":{"userId":5,"name":"Ada","tags":["a","b"]},"messageId":1}`)
	b.ReportAllocs()
	for b.Loop() {
		value, err := strictjson.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := value.Decode(); err != nil {
			b.Fatal(err)
		}
	}
}
