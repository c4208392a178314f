package schema_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/internal/input"
	"github.com/keryx-go/keryx/internal/schematest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ExampleOf() {
	type user struct {
		ID    int64    `json:"id"`
		Name  string   `json:"name" doc:"What to call them"`
		Tags  []string `json:"tags"`
		Email *string  `json:"email,omitempty"`
	}
	encoded, err := json.Marshal(schema.Of(reflect.TypeFor[user]()))
	fmt.Println(string(encoded), err)
	// Output: {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"id":{"type":"integer","format":"int64"},"name":{"description":"What to call them","type":"string"},"tags":{"type":["array","null"],"items":{"type":"string"}},"email":{"type":["string","null"]}},"required":["id","name","tags"]} <nil>
}

type (
	upper   string
	point   struct{ X, Y int }
	twisted struct{ point }
	Base    struct {
		ID      int `json:"id"`
		Created time.Time
		Hidden  string `json:"-"`
		//lint:ignore SA5008 encoding/json takes the tag
		Dash string `json:"-,"`
	}
	Other struct {
		ID   string // not that of Base: both are equally deep
		Name string
	}
	list[T any] struct {
		Items []T      `json:"items"`
		Next  *list[T] `json:"next,omitempty"`
	}
	// Types that contain themselves without a struct in between.
	folders  map[string]folders
	rows     []*rows
	ring     *[]ring
	endless  *endless
	first    [1]second
	second   []first
	optional []input.Optional[optional]
	rich     struct {
		Base
		*Other
		Text     string `json:"text,omitempty"`
		Upper    upper
		Quoted   int           `json:"quoted,string"`
		QuotedP  *bool         `json:"qp,string"`
		QuotedT  time.Duration `json:"qt,string"`
		F32      float32
		U64      uint64
		Bytes    []byte
		Bits     []bool
		Array    [2]uint8
		Map      map[string]point
		Ints     map[int]*point
		Addrs    map[netip.Addr]bool
		Addr     netip.Addr
		AddrP    *netip.Addr
		Any      any
		Err      fmt.Stringer
		Raw      json.RawMessage
		Number   json.Number
		Zero     time.Time `json:",omitzero"`
		Point    twisted
		Self     *rich `json:"self"`
		List     list[*point]
		Maybe    input.Optional[int]
		MaybeP   *input.Optional[[]string]
		Duration time.Duration
		private  int
		Strange  string `json:"with space,omitempty"`
		//lint:ignore SA5008 encoding/json takes the tag
		Wrong string `json:"a\\b"`
	}
)

var _ = rich{}.private

func (u upper) MarshalText() ([]byte, error) { return []byte("UP " + u), nil }

func (p *point) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "[%d,%d]", p.X, p.Y), nil }

// TestWhatIsEncodedIsDescribed fills types with random values.
func TestWhatIsEncodedIsDescribed(t *testing.T) {
	r := rand.New(rand.NewPCG(20261126, 0))
	types := []reflect.Type{
		reflect.TypeFor[rich](), reflect.TypeFor[*rich](), reflect.TypeFor[[]rich](), reflect.TypeFor[map[string]*rich](),
		reflect.TypeFor[list[list[int]]](), reflect.TypeFor[string](), reflect.TypeFor[[]string](), reflect.TypeFor[any](), reflect.TypeFor[struct{}](),
		reflect.TypeFor[[]byte](), reflect.TypeFor[map[upper]float64](), reflect.TypeFor[twisted](), reflect.TypeFor[*Base](),
		reflect.TypeFor[folders](), reflect.TypeFor[rows](), reflect.TypeFor[ring](), reflect.TypeFor[endless](), reflect.TypeFor[*endless](),
		reflect.TypeFor[first](), reflect.TypeFor[optional](), reflect.TypeFor[struct {
			F  folders
			RR []rows
			R  *ring `json:",omitempty"`
		}](),
	}
	for len(types) < 200 {
		types = append(types, randomType(r, 3))
	}
	for _, typ := range types {
		document := schema.Of(typ)
		validate := schematest.Compile(t, document)
		for range 50 {
			value := reflect.New(typ).Elem()
			fill(r, value, 0)
			text, err := json.Marshal(value.Interface())
			if err != nil {
				t.Fatalf("%v: %v", typ, err)
			}
			if err := validate(schematest.Decode(t, string(text))); err != nil {
				encoded, _ := json.MarshalIndent(document, "", " ")
				t.Fatalf("%v\n%s\n%v\n%s", typ, text, err, encoded)
			}
		}
	}
}

// TestSchemaSaysWhatIsMissing: a schema that accepts everything would pass above.
func TestSchemaRefuses(t *testing.T) {
	validate := schematest.Compile(t, schema.Of(reflect.TypeFor[struct {
		ID    int8              `json:"id"`
		Name  *string           `json:"name"`
		When  time.Time         `json:"when,omitempty"`
		Lists [][2]bool         `json:"lists,omitempty"`
		Map   map[string]uint16 `json:"map,omitempty"`
		Bytes []byte            `json:"bytes,omitempty"`
	}]()))
	for _, text := range []string{
		`[]`, `null`, `{}`, `{"id":1}`, `{"name":"x"}`, `{"id":"1","name":null}`, `{"id":128,"name":null}`, `{"id":1.5,"name":null}`, `{"id":1,"name":5}`,
		`{"id":1,"name":"x","when":"yesterday"}`, `{"id":1,"name":"x","lists":[[true]]}`, `{"id":1,"name":"x","lists":[null]}`,
		`{"id":1,"name":"x","map":{"a":-1}}`, `{"id":1,"name":"x","bytes":"!"}`, `{"id":null,"name":"x"}`,
	} {
		if validate(schematest.Decode(t, text)) == nil {
			t.Errorf("%s is accepted", text)
		}
	}
	validate = schematest.Compile(t, schema.Of(reflect.TypeFor[folders]()))
	if validate(schematest.Decode(t, `{"a":{"b":{"c":null}}}`)) != nil || validate(schematest.Decode(t, `{"a":{"b":{"c":1}}}`)) == nil {
		t.Error("a map of maps of its own type is not described")
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[chan int](), reflect.TypeFor[func()](), reflect.TypeFor[complex64](), reflect.TypeFor[map[float64]int]()} {
		if schematest.Compile(t, schema.Of(typ))(nil) == nil {
			t.Errorf("%v, which has no JSON, accepts null", typ)
		}
	}
}

// randomType returns a type that can be encoded.
func randomType(r *rand.Rand, depth int) reflect.Type {
	leaves := []reflect.Type{
		reflect.TypeFor[int](), reflect.TypeFor[uint8](), reflect.TypeFor[float32](), reflect.TypeFor[string](), reflect.TypeFor[bool](), reflect.TypeFor[time.Time](),
		reflect.TypeFor[upper](), reflect.TypeFor[point](), reflect.TypeFor[Base](), reflect.TypeFor[any](), reflect.TypeFor[[]byte](), reflect.TypeFor[json.Number](),
		reflect.TypeFor[input.Optional[string]](),
	}
	if depth == 0 {
		return leaves[r.IntN(len(leaves))]
	}
	switch r.IntN(6) {
	case 0:
		return reflect.PointerTo(randomType(r, depth-1))
	case 1:
		return reflect.SliceOf(randomType(r, depth-1))
	case 2:
		return reflect.ArrayOf(r.IntN(3), randomType(r, depth-1))
	case 3:
		return reflect.MapOf([]reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[int16](), reflect.TypeFor[upper]()}[r.IntN(3)], randomType(r, depth-1))
	}
	var fields []reflect.StructField
	for i := range 1 + r.IntN(4) {
		options := []string{"", ",omitempty", ",omitzero", ",string"}[r.IntN(4)]
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("F%d", i), Type: randomType(r, depth-1), Tag: reflect.StructTag(fmt.Sprintf(`json:"f%d%s"`, i, options)),
		})
	}
	return reflect.StructOf(fields)
}

// fill sets a value at random, zero values among them.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	if !v.CanSet() || r.IntN(5) == 0 || depth > 6 {
		return
	}
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = time.Unix(r.Int64N(1<<33), r.Int64N(1e9)).In(time.FixedZone("", 60*(r.IntN(1200)-600)))
		return
	case *json.Number:
		*at = []json.Number{"0", "-1.5", "1e300"}[r.IntN(3)]
		return
	case *json.RawMessage:
		*at = json.RawMessage(`{"a":[1]}`)
		return
	case *netip.Addr:
		*at = netip.MustParseAddr("192.0.2.1")
		return
	case *any:
		*at = []any{nil, 1, "x", []int{2}, map[string]any{"a": nil}}[r.IntN(5)]
		return
	case *input.Optional[string]:
		*at = []input.Optional[string]{input.Some("x"), input.Null[string](), {}}[r.IntN(3)]
		return
	case *input.Optional[int]:
		*at = input.Some(r.Int())
		return
	case *fmt.Stringer:
		*at = time.Second
		return
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> (64 - v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> (64 - v.Type().Bits()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(r.NormFloat64() * 1e10)
	case reflect.String:
		v.SetString([]string{"", "a", "<é😀>\n"}[r.IntN(3)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fill(r, v.Index(i), depth+1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(3) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(r, key, depth+1)
			fill(r, value, depth+1)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i), depth+1)
		}
	}
}
