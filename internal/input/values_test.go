package input_test

import (
	"encoding/json"
	"io"
	"maps"
	"math/big"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/input"
)

type role string

type hash []byte

// inGo has the types that a Go caller would hand over as they are.
type inGo struct {
	base
	Count    int                             `json:"count,omitempty"`
	Small    uint8                           `json:"small,omitempty"`
	Ratio    float32                         `json:"ratio,omitempty"`
	Role     role                            `json:"role,omitempty" enum:"admin,user"`
	Roles    []role                          `json:"roles,omitempty"`
	At       time.Time                       `json:"at,omitzero"`
	Day      time.Time                       `json:"day,omitzero" format:"date"`
	Wait     time.Duration                   `json:"wait,omitempty"`
	Hash     hash                            `json:"hash,omitempty"`
	Addr     netip.Addr                      `json:"addr,omitzero"`
	Number   json.Number                     `json:"number,omitempty"`
	Big      *big.Int                        `json:"big"`
	Raw      json.RawMessage                 `json:"raw,omitempty"`
	Homes    map[string]address              `json:"homes,omitempty"`
	Pointers []*int                          `json:"pointers,omitempty"`
	Nick     input.Optional[string]          `json:"nick"`
	Nicks    []input.Optional[string]        `json:"nicks,omitempty"`
	Waits    input.Optional[[]time.Duration] `json:"waits"`
	File     input.File                      `json:"file,omitzero"`
	Files    []input.File                    `json:"files,omitempty"`
	Any      any                             `json:"any,omitempty"`
	Pointed  *input.Optional[int]            `json:"pointed"`
	//lint:ignore SA5008 the name "-" is what is tested
	Dash string                             `json:"-,omitempty"`
	Left string                             `json:"-"`
	Deep **map[string][]map[string]*address `json:"deep"`
}

func full() inGo {
	n := 7
	deep := &map[string][]map[string]*address{"a": {{"b": {Street: "deep"}, "c": nil}}}
	file := input.NewFile("a.txt", "text/plain", 2, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("hi")), nil })
	return inGo{
		base: base{Tenant: "t"}, Count: -5, Small: 200, Ratio: 0.5, Role: "admin", Roles: []role{"x", "y"},
		At: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Day: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Wait: 90 * time.Second,
		Hash: hash("bytes"), Addr: netip.MustParseAddr("192.0.2.1"), Number: "12.50", Big: new(big.Int).Lsh(big.NewInt(1), 100),
		Raw: json.RawMessage(`{"a":[1,2]}`), Homes: map[string]address{"x": {Street: "here"}}, Pointers: []*int{&n, nil},
		Nicks: []input.Optional[string]{input.Some("a"), input.Null[string]()}, Waits: input.Some([]time.Duration{time.Hour}),
		File: file, Files: []input.File{file}, Any: map[string]any{"k": []any{"v"}}, Dash: "dash", Deep: &deep,
	}
}

// TestGoValuesComeBack sends a Go value of the input's own type through Values
// and Bind: nothing may be lost or changed on the way.
func TestGoValuesComeBack(t *testing.T) {
	want := full()
	for name, v := range map[string]any{"struct": want, "pointer": &want} {
		params, err := input.Values(v)
		if err != nil {
			t.Fatal(err)
		}
		got, errs := bind[inGo](t, params)
		if errs != nil {
			t.Fatal(errs)
		}
		content, err := got.File.Open()
		if err != nil {
			t.Fatalf("%s: the file lost its content: %v", name, err)
		}
		if b, _ := io.ReadAll(content); string(b) != "hi" {
			t.Errorf("%s: the file has %q", name, b)
		}
		if got.Nick.IsSet() {
			t.Errorf("%s: an absent Optional was sent", name)
		}
		if got.Files[0].Name != "a.txt" {
			t.Errorf("%s: files %+v", name, got.Files)
		}
		same, expected := *got, want // a func is never DeepEqual
		same.File, same.Files, expected.File, expected.Files = input.File{}, nil, input.File{}, nil
		if !reflect.DeepEqual(same, expected) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, same, expected)
		}
	}
}

func TestZeroGoValuesComeBack(t *testing.T) {
	params, err := input.Values(inGo{})
	if err != nil {
		t.Fatal(err)
	}
	got, errs := bind[inGo](t, params)
	if errs != nil {
		t.Fatal(errs)
	}
	if !reflect.DeepEqual(*got, inGo{}) {
		t.Errorf("got %+v", *got)
	}
}

func TestValuesLeavesOut(t *testing.T) {
	type in struct {
		Empty   string                 `json:"empty,omitempty"`
		Zero    time.Time              `json:"zero,omitzero"`
		Struct  address                `json:"struct,omitempty"` // a struct is never empty
		Absent  input.Optional[string] `json:"absent"`
		Null    input.Optional[string] `json:"null"`
		Nil     *int                   `json:"nil"`
		Number  int                    `json:"number"`
		Ignored string                 `json:"-"`
	}
	params, err := input.Values(in{Null: input.Null[string](), Ignored: "x"})
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(params))
	if want := []string{"nil", "null", "number", "struct"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestValuesOfMaps(t *testing.T) {
	n := 3
	params, err := input.Values(map[string]any{
		"count": int8(-1), "small": &n, "ratio": float32(0.25), "role": role("user"), "roles": []string{"a"},
		"at": time.Unix(0, 0), "wait": time.Minute, "nick": input.Null[string](), "pointers": [2]uint16{1, 2},
		"homes": map[role]address{"x": {Street: "here"}}, "any": []string{"kept"}, "big": big.NewInt(5), "hash": []byte("raw"),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, errs := bind[inGo](t, params)
	if errs != nil {
		t.Fatal(errs)
	}
	for name, ok := range map[string]bool{
		"int8": got.Count == -1, "pointer": got.Small == 3, "float32": got.Ratio == 0.25, "named string": got.Role == "user",
		"[]string": len(got.Roles) == 1 && got.Roles[0] == "a", "time": got.At.Unix() == 0, "duration": got.Wait == time.Minute,
		"null": got.Nick.IsNull(), "array": len(got.Pointers) == 2 && *got.Pointers[1] == 2, "map of structs": got.Homes["x"].Street == "here",
		"any": reflect.DeepEqual(got.Any, []any{"kept"}), "big": got.Big.Int64() == 5, "bytes": string(got.Hash) == "raw",
	} {
		if !ok {
			t.Errorf("%s: got %+v", name, *got)
		}
	}
}

type stubborn struct{}

func (stubborn) MarshalText() ([]byte, error) { return nil, io.ErrUnexpectedEOF }

func TestValuesRefuses(t *testing.T) {
	type link struct{ Next any }
	loop := &link{}
	loop.Next = loop
	list := []any{nil}
	list[0] = list
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"number":      {5, "parameters are a map or a struct, not int"},
		"string":      {`{"a":1}`, "a map or a struct, not string"},
		"list":        {[]string{"a"}, "a map or a struct, not []string"},
		"time":        {time.Now(), "a map or a struct, not time.Time"},
		"channel":     {map[string]any{"c": make(chan int)}, "c: a chan int cannot be a parameter"},
		"nested func": {struct{ F []func() }{[]func(){nil}}, "F: a func() cannot be a parameter"},
		"int keys":    {map[string]any{"m": map[int]int{1: 1}}, "m: a map[int]int cannot be a parameter"},
		"cycle":       {loop, "deeper than 100 levels"},
		"list cycle":  {map[string]any{"l": list}, "deeper than 100 levels"},
		"marshaler":   {map[string]any{"s": stubborn{}}, "s: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := input.Values(test.value)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestValuesOfNothing(t *testing.T) {
	for _, v := range []any{nil, map[string]any(nil), (*inGo)(nil)} {
		if params, err := input.Values(v); err != nil || len(params) != 0 {
			t.Errorf("%T: got %v, %v", v, params, err)
		}
	}
}

// TestTypesThatReadJSONAndText: the form decides which of their two methods
// is asked.
func TestTypesThatReadJSONAndText(t *testing.T) {
	type in struct {
		Big    big.Int     `json:"big"`
		Number json.Number `json:"number" minimum:"1"`
	}
	for name, params := range map[string]map[string]any{
		"JSON": parse(t, `{"big":12,"number":12}`),
		"text": {"big": input.Text{"12"}, "number": input.Text{"12"}},
	} {
		got, errs := bind[in](t, params)
		if errs != nil {
			t.Errorf("%s: %v", name, errs)
			continue
		}
		if got.Big.Int64() != 12 || got.Number != "12" {
			t.Errorf("%s: got %+v", name, *got)
		}
	}
	_, errs := bind[in](t, map[string]any{"big": true, "number": input.Text{"0x1p4"}})
	if len(errs) != 2 {
		t.Errorf("got %v", errs)
	}
	if _, errs = bind[in](t, parse(t, `{"big":null,"number":0}`)); len(errs) != 2 {
		t.Errorf("null for a required number, and one below the minimum: got %v", errs)
	}
}

func TestAnyIsTheCallsOwn(t *testing.T) {
	params := parse(t, `{"name":"abc","any":{"list":[{"n":1}]}}`)
	got, errs := bind[everything](t, params)
	if errs != nil {
		t.Fatal(errs)
	}
	list := got.Any.(map[string]any)["list"].([]any)
	list[0].(map[string]any)["n"] = "changed"
	list[0] = "changed"
	if again, _ := json.Marshal(params["any"]); string(again) != `{"list":[{"n":1}]}` {
		t.Errorf("the parameters changed with the input: %s", again)
	}
}

func TestAnyRefusesBadText(t *testing.T) {
	for name, raw := range map[string]any{
		"NUL in one": input.Text{"a\x00"}, "NUL in several": input.Text{"a", "b\x00"}, "bad UTF-8 in several": input.Text{"a", "\xff"},
		"NUL in JSON": map[string]any{"k": []any{"a\x00"}}, "NUL in a key": map[string]any{"k\x00": 1},
	} {
		if _, errs := bind[everything](t, map[string]any{"name": "abc", "any": raw}); len(errs) == 0 {
			t.Errorf("%s was let in", name)
		}
	}
}
