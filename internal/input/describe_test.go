package input_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/internal/input"
	"github.com/keryx-go/keryx/internal/schematest"
)

type (
	treeNode struct {
		Name     string     `json:"name" minLength:"1"`
		Children []treeNode `json:"children,omitempty" maxItems:"2"`
		Next     *treeNode  `json:"next"`
	}
	pageOf[T any] struct {
		Items []T `json:"items" minItems:"1"`
		Total int `json:"total" minimum:"0"`
	}
	colorText   string
	inner       struct{ ID int64 }
	nestedKinds struct {
		inner
		Street string                    `json:"street" minLength:"2" maxLength:"5"`
		Zip    input.Optional[int32]     `json:"zip" minimum:"1"`
		Tags   map[string][]string       `json:"tags,omitempty" minProperties:"1" maxProperties:"2"`
		Deep   map[string]map[string]int `json:"deep,omitzero"`
	}
	allKinds struct {
		Text     string                              `json:"text" doc:"Some words" minLength:"1" maxLength:"4"`
		Color    colorText                           `json:"color" enum:"red,green" default:"red"`
		Pattern  string                              `json:"pattern" pattern:"^[a-c]*$" required:"false"`
		Secret   string                              `json:"secret,omitempty" secret:"true"`
		Bool     bool                                `json:"bool" default:"true"`
		I8       int8                                `json:"i8,omitempty"`
		I        int                                 `json:"i" minimum:"-5" maximum:"1000"`
		U16      uint16                              `json:"u16,omitempty" multipleOf:"5"`
		U64      uint64                              `json:"u64,omitempty" exclusiveMinimum:"1"`
		F32      float32                             `json:"f32,omitempty"`
		F64      float64                             `json:"f64" minimum:"0.5" exclusiveMaximum:"100" default:"1.5"`
		Number   json.Number                         `json:"number,omitempty" enum:"1,2.5"`
		Time     time.Time                           `json:"time,omitzero"`
		Date     time.Time                           `json:"date,omitzero" format:"date"`
		Clock    time.Time                           `json:"clock,omitzero" format:"time"`
		Duration time.Duration                       `json:"duration" default:"30s"`
		Bytes    []byte                              `json:"bytes,omitempty"`
		Raw      json.RawMessage                     `json:"raw,omitempty"`
		Any      any                                 `json:"any,omitempty"`
		List     []int                               `json:"list,omitempty" minItems:"1" maxItems:"3" uniqueItems:"true" minimum:"0"`
		Default  []string                            `json:"default" default:"a,b"`
		Array    [2]bool                             `json:"array,omitempty"`
		Pointers []*string                           `json:"pointers,omitempty"`
		Maybe    input.Optional[[]float64]           `json:"maybe"`
		Nested   nestedKinds                         `json:"nested,omitzero"`
		Pointer  *nestedKinds                        `json:"pointer"`
		Needed   *int                                `json:"needed" required:"true"`
		Map      map[colorText]nestedKinds           `json:"map,omitempty"`
		Tree     *treeNode                           `json:"tree"`
		Pages    input.Optional[pageOf[nestedKinds]] `json:"pages"`
		Inline   struct{ A, B int }                  `json:"inline,omitzero"`
	}
)

// described are types with all that can be bound.
var described = []reflect.Type{
	reflect.TypeFor[struct{}](), reflect.TypeFor[allKinds](), reflect.TypeFor[treeNode](), reflect.TypeFor[pageOf[treeNode]](),
	reflect.TypeFor[pageOf[colorText]](), reflect.TypeFor[nestedKinds](),
}

// TestSchemaIsTheBinding holds Bind and the schema against each other: each object
// is taken by both, or by neither.
func TestSchemaIsTheBinding(t *testing.T) {
	t.Parallel()
	const seed = 20261126
	r := rand.New(rand.NewPCG(seed, 0))
	types := described
	for len(types) < 150 {
		types = append(types, randomStruct(r))
	}
	taken, refused := 0, 0
	for _, typ := range types {
		plan, err := input.Compile(typ)
		if err != nil {
			t.Fatalf("%v: %v", typ, err)
		}
		s := plan.Schema()
		validate := schematest.Compile(t, s)
		for range 300 {
			v := sample{r, s}.object(s, 0)
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			params := schematest.Decode(t, string(text)).(map[string]any)
			_, errs := plan.Bind(params)
			invalid := validate(schematest.Decode(t, string(text)))
			if (errs == nil) != (invalid == nil) {
				encoded, _ := json.MarshalIndent(s, "", " ")
				t.Fatalf("%v\n%s\nbinding: %v\nthe schema: %v\n%s", typ, text, errs, invalid, encoded)
			}
			if errs == nil {
				taken++
			} else {
				refused++
			}
		}
	}
	if taken < 2000 || refused < 2000 {
		t.Errorf("%d objects were taken and %d refused: they do not say much", taken, refused)
	}
}

// randomStruct returns a struct type of random fields with random rules.
func randomStruct(r *rand.Rand) reflect.Type {
	leaves := []struct {
		typ  reflect.Type
		tags []string
	}{
		{reflect.TypeFor[string](), []string{`minLength:"2"`, `maxLength:"3"`, `enum:"a,abc"`, `pattern:"a"`, `default:"abc"`}},
		{reflect.TypeFor[int](), []string{`minimum:"0"`, `maximum:"5"`, `exclusiveMaximum:"100"`, `multipleOf:"2"`, `default:"4"`}},
		{reflect.TypeFor[int16](), []string{`enum:"1,5"`}},
		{reflect.TypeFor[uint8](), []string{`minimum:"1"`}},
		{reflect.TypeFor[float64](), []string{`minimum:"0.5"`, `exclusiveMinimum:"-1"`}},
		{reflect.TypeFor[bool](), []string{`default:"true"`}},
		{reflect.TypeFor[time.Duration](), []string{`default:"1s"`}},
		{reflect.TypeFor[time.Time](), []string{`format:"date"`, `format:"time"`}},
		{reflect.TypeFor[json.Number](), []string{`multipleOf:"0.1"`, `maximum:"9007199254740993"`, `enum:"1,2.5"`}},
		{reflect.TypeFor[string](), []string{`format:"uuid"`, `format:"date-time"`, `format:"time"`, `format:"ipv4"`, `format:"email"`, `format:"duration"`}},
		{reflect.TypeFor[int64](), []string{`minimum:"-9007199254740993"`, `maximum:"9007199254740993"`, `multipleOf:"3"`}},
		{reflect.TypeFor[uint64](), []string{`minimum:"9223372036854775808"`, `exclusiveMaximum:"18446744073709551615"`}},
		{reflect.TypeFor[[]byte](), nil}, {reflect.TypeFor[any](), nil}, {reflect.TypeFor[json.RawMessage](), nil},
		{reflect.TypeFor[nestedKinds](), nil}, {reflect.TypeFor[*treeNode](), nil},
		{reflect.TypeFor[[]string](), []string{`minItems:"1"`, `uniqueItems:"true"`, `maxLength:"3"`, `default:"a,b"`}},
		{reflect.TypeFor[map[string]int](), []string{`minProperties:"1"`, `maxProperties:"1"`}},
		{reflect.TypeFor[input.Optional[string]](), []string{`minLength:"1"`}},
	}
	wrap := []func(reflect.Type) reflect.Type{
		func(t reflect.Type) reflect.Type { return t },
		reflect.PointerTo, reflect.SliceOf,
		func(t reflect.Type) reflect.Type { return reflect.MapOf(reflect.TypeFor[string](), t) },
		func(t reflect.Type) reflect.Type { return reflect.ArrayOf(2, t) },
	}
	for {
		var fields []reflect.StructField
		for i := range 1 + r.IntN(6) {
			leaf := leaves[r.IntN(len(leaves))]
			typ, tag := leaf.typ, fmt.Sprintf(`json:"f%d%s"`, i, []string{"", ",omitempty", ",omitzero"}[r.IntN(3)])
			if r.IntN(3) == 0 {
				typ = wrap[r.IntN(len(wrap))](typ)
			}
			if len(leaf.tags) > 0 && r.IntN(2) == 0 {
				tag += " " + leaf.tags[r.IntN(len(leaf.tags))]
			}
			fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: typ, Tag: reflect.StructTag(tag)})
		}
		if _, err := input.Compile(reflect.StructOf(fields)); err == nil {
			return reflect.StructOf(fields)
		}
	}
}

// sample makes values that a schema may accept, and now and then others.
type sample struct {
	*rand.Rand
	document *schema.Schema
}

var (
	texts   = []string{"", "a", "ab", "abc", "abcd", "abcdef", "é😀", "red", "90s", "1.5h", "-0", "5", "2024-01-31T10:00:00Z", "2024-01-31", "10:00:00", "10:00:00Z", "2024-01-31T10:00:00+24:00", "PT1H", "1.2.3.4", "a@b.c", "A <a@b.c>", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "YWJj", "!!"}
	numbers = []string{
		"0", "1", "-1", "2", "2.5", "5", "5.0", "1e1", "0.5", "-0.25", "99.5", "100", "127", "128", "-128", "-129", "255", "256", "1000", "1001", "65535", "65536",
		"2147483648", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "3.4e38", "3.5e38", "1e400", "1e-400", "0e5", "0.99999999999999999999", "9007199254740992", "9007199254740993.0", "9007199254740994", "9.007199254740993e15", "-9007199254740993", "9223372036854775807.0", "18446744073709551614", "18446744073709551615", "0.1", "0.30", "0.30000000000000004", "9007199254740993.5", "-9.223372036854775808e18",
	}
)

func (s sample) object(of *schema.Schema, depth int) map[string]any {
	out := map[string]any{}
	for _, p := range of.Properties {
		if s.IntN(8) == 0 || depth > 4 && s.IntN(2) == 0 {
			continue // left out, be it required or not
		}
		out[p.Name] = s.value(p.Schema, depth+1)
	}
	if s.IntN(10) == 0 {
		out["unknown"] = 1
	}
	return out
}

func (s sample) value(of *schema.Schema, depth int) any {
	if s.IntN(25) == 0 {
		return []any{nil, true, json.Number("7"), "text", []any{}, map[string]any{}}[s.IntN(6)]
	}
	if of.Ref != "" {
		of = s.document.Defs.Find(strings.TrimPrefix(of.Ref, "#/$defs/"))
		if of == nil {
			of = s.document
		}
	}
	if of.AnyOf != nil {
		return s.value(of.AnyOf[s.IntN(len(of.AnyOf))], depth)
	}
	if len(of.Enum) > 0 && s.IntN(3) > 0 {
		return of.Enum[s.IntN(len(of.Enum))]
	}
	if of.Default != nil && s.IntN(4) == 0 {
		return of.Default
	}
	if len(of.Types) == 0 {
		return []any{nil, "x", json.Number("1.5"), map[string]any{"a": []any{true}}}[s.IntN(4)]
	}
	switch of.Types[s.IntN(len(of.Types))] {
	case "string":
		return texts[s.IntN(len(texts))]
	case "integer", "number":
		return json.Number(numbers[s.IntN(len(numbers))])
	case "boolean":
		return s.IntN(2) == 0
	case "array":
		list := []any{}
		for range s.IntN(4) {
			if depth < 6 {
				list = append(list, s.value(of.Items, depth+1))
			}
		}
		return list
	case "object":
		if of.AdditionalProperties == nil {
			return s.object(of, depth)
		}
		m := map[string]any{}
		for i := range s.IntN(3) {
			m[fmt.Sprint("k", i)] = s.value(of.AdditionalProperties, depth+1)
		}
		return m
	}
	return nil
}

// TestSchemaOfOtherTypes has those that read JSON or text themselves, and files:
// the schema says no more than is true.
func TestSchemaOfOtherTypes(t *testing.T) {
	plan, err := input.Compile(reflect.TypeFor[struct {
		IP    netip.Addr   `json:"ip"`
		Big   *big.Int     `json:"big"`
		File  input.File   `json:"file" contentType:"image/*"`
		Files []input.File `json:"files,omitempty"`
		Mail  string       `json:"mail" format:"email"`
	}]())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(plan.Schema())
	want := `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{` +
		`"ip":{"type":"string"},"big":{},"file":{"type":"string","contentMediaType":"image/*"},` +
		`"files":{"type":["array","null"],"items":{"type":"string","contentMediaType":"application/octet-stream"}},` +
		`"mail":{"type":"string","format":"email"}},"required":["ip","file","mail"]}`
	if string(got) != want || err != nil {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

// TestSchemaIsTheCallers: changes of a caller to its schema are not seen by the next
// one.
func TestSchemaIsTheCallers(t *testing.T) {
	for _, typ := range described {
		plan, err := input.Compile(typ)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := json.Marshal(plan.Schema())
		spoil(plan.Schema(), map[*schema.Schema]bool{})
		if after, _ := json.Marshal(plan.Schema()); string(before) != string(after) {
			t.Errorf("%v: %s\nafterwards %s", typ, before, after)
		}
	}
}

// spoil changes all that a schema leads to.
func spoil(s *schema.Schema, seen map[*schema.Schema]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	for i := range s.Types {
		s.Types[i] = "spoilt"
	}
	for i := range s.Enum {
		s.Enum[i] = "spoilt"
	}
	for i := range s.Required {
		s.Required[i] = "spoilt"
	}
	for _, n := range []*int{s.MinItems, s.MaxItems, s.MinLength, s.MaxLength, s.MinProperties, s.MaxProperties} {
		if n != nil {
			*n = 99
		}
	}
	for _, p := range append(append(schema.Properties{}, s.Properties...), s.Defs...) {
		spoil(p.Schema, seen)
	}
	spoil(s.Items, seen)
	spoil(s.AdditionalProperties, seen)
	for _, one := range s.AnyOf {
		spoil(one, seen)
	}
}

// TestSchemaHidesSecretDefaults: a schema is public.
func TestSchemaHidesSecretDefaults(t *testing.T) {
	plan, err := input.Compile(reflect.TypeFor[struct {
		Token string `json:"token" secret:"true" default:"hunter2"`
	}]())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(plan.Schema().Properties.Find("token"))
	if want := `{"type":["string","null"],"writeOnly":true}`; string(got) != want || err != nil {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}
