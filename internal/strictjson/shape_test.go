package strictjson_test

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/strictjson"
)

// recursive wants "name", the numbers of "list", and itself under "next" and "each".
func recursive() *strictjson.Shape {
	s := &strictjson.Shape{}
	s.Members = map[string]*strictjson.Shape{"name": nil, "ä": nil, "next": s, "each": {Each: s}}
	return s
}

func decode(t *testing.T, text string, shape *strictjson.Shape) (any, error) {
	t.Helper()
	value, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return value.DecodeShape(shape)
}

func TestShape(t *testing.T) {
	for text, want := range map[string]string{
		`{"name":{"a":[1]},"other":{"b":2}}`:                                        "map[name:map[a:[1]]]",
		`{"n\u0061me":1,"\u00e4":2,"o\u0074her":3}`:                                 "map[name:1 ä:2]",
		`{"next":{"x":1,"next":{"name":"n","y":[{}]}}}`:                             "map[next:map[next:map[name:n]]]",
		`{"each":[{"x":1},{"name":2},3,[4]]}`:                                       "map[each:[map[] map[name:2] 3 [4]]]",
		`{"each":{"a":{"x":1,"name":2}}}`:                                           "map[each:map[a:map[name:2]]]",
		`[{"name":1,"x":2}]`:                                                        "[map[name:1 x:2]]",
		`{"x":1,"x":2}`:                                                             `the key "x" occurs twice`,
		`{"x":1,"\u0078":2}`:                                                        `the key "x" occurs twice`,
		`{"x":[{"y":{"a":1,"a":2}}]}`:                                               `the key "a" occurs twice`,
		`{"x":{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"a":0}}`:       `the key "a" occurs twice`,
		`{"x":{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0,"j":0}}`: `the key "j" occurs twice`,
		`{"name":1,"x":0,"name":2}`:                                                 `the key "name" occurs twice`,
		`{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`:         "nests deeper than 100 levels",
		`{"x":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`:           "map[]",
	} {
		value, err := decode(t, text, recursive())
		got := fmt.Sprint(value)
		if err != nil {
			got = "it " + err.Error()
		}
		if !strings.HasSuffix(got, want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// prune leaves of a decoded value what a shape wants.
func prune(v any, s *strictjson.Shape) any {
	if s == nil {
		return v
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = prune(v[i], s.Each)
		}
	case map[string]any:
		for key := range v {
			shape, wanted := s.Each, true
			if s.Members != nil {
				shape, wanted = s.Members[key]
			}
			if !wanted {
				delete(v, key)
				continue
			}
			v[key] = prune(v[key], shape)
		}
	}
	return v
}

// FuzzShape: a part of a value is the same as that part of the whole value, and what is
// not wanted is checked as strictly.
func FuzzShape(f *testing.F) {
	for _, seed := range []string{`{"name":1,"x":[{"a":1,"a":2}]}`, `{"next":{"each":[{"name":1,"y":{}}]}}`, `[[]]`, `{"x":{"a":1,"\u0061":2}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := strictjson.Parse(data)
		if err != nil {
			return
		}
		whole, wholeErr := value.Decode()
		part, partErr := value.DecodeShape(recursive())
		if (wholeErr == nil) != (partErr == nil) {
			t.Fatalf("the whole: %v, a part: %v", wholeErr, partErr)
		}
		if wholeErr == nil && !reflect.DeepEqual(prune(whole, recursive()), part) {
			t.Fatalf("got %v", part)
		}
	})
}

func TestTooManyValues(t *testing.T) {
	list := func(n int) string { return "[0" + strings.Repeat(",0", n-1) + "]" }
	object := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"%d":0`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	const most = strictjson.MaxValues
	for name, test := range map[string]struct {
		text string
		want string
	}{
		"a wanted list":          {`{"name":` + list(most-2) + `}`, ""},
		"a longer one":           {`{"name":` + list(most-1) + `}`, "more than 100000 values"},
		"an unwanted list":       {`{"x":` + list(10*most) + `}`, ""},
		"an unwanted object":     {`{"x":` + object(most-2) + `}`, ""},
		"a larger one":           {`{"x":` + object(most) + `}`, "more than 100000 values"},
		"unwanted small objects": {`{"x":[{"a":1}` + strings.Repeat(`,{"a":1}`, most) + `]}`, "more than 100000 values"},
	} {
		_, err := decode(t, test.text, recursive())
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// TestUnwantedValuesCostNothing parses 10 MB that nothing asks for.
func TestUnwantedValuesCostNothing(t *testing.T) {
	text := []byte(`{"name":"n","x":[0` + strings.Repeat(",[0,1.5,null,\"abc\"]", 500_000) + `]}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	value, err := strictjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := value.DecodeShape(recursive()); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
		t.Errorf("%d bytes were allocated for %d bytes", allocated, len(text))
	}
}

func BenchmarkUnwanted(b *testing.B) {
	text := []byte(`{"name":"n","x":[0` + strings.Repeat(",[0,1.5,null,\"abc\"]", 500_000) + `]}`)
	shape := recursive()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		value, err := strictjson.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := value.DecodeShape(shape); err != nil {
			b.Fatal(err)
		}
	}
}
