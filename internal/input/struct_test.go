package input_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/input"
)

type audit struct {
	By   string `json:"by,omitempty"`
	Note string `json:"note,omitempty"`
}

type Exported struct {
	City string `json:"city,omitempty"`
}

type Word string

// names has the effects of json tags on names, and of embedded structs on their fields.
type names struct {
	audit
	Exported `json:"place,omitempty"`
	Hidden   `json:"-"`
	Word     `json:",omitempty"`
	Note     string `json:"note,omitempty"`
	Author   string `json:"by,omitempty"` // another name in Go, the same in JSON
	Dotted   string `json:"a.b,omitempty"`
	//lint:ignore SA5008 the name "-" is what is tested
	Dash  string `json:"-,omitempty"`
	Plain string `json:",omitempty"`
	//lint:ignore U1000 that unexported fields are no inputs is what is tested
	secret string
}

type Hidden struct {
	Invisible string `json:"invisible,omitempty"`
}

// TestNamesAreThoseOfEncodingJSON binds one object with both and compares.
func TestNamesAreThoseOfEncodingJSON(t *testing.T) {
	const body = `{"by":"outer","note":"n","place":{"city":"c"},"city":"promoted","Word":"w","a.b":"dotted",
		"-":"dash","Plain":"p","invisible":"i","secret":"s"}`
	var want names
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		t.Fatal(err)
	}
	got, errs := bind[names](t, parse(t, body))
	if errs != nil {
		t.Fatal(errs)
	}
	if *got != want {
		t.Errorf("\n got %+v\nwant %+v", *got, want)
	}
	if got.Author != "outer" || got.audit.By != "" || got.City != "c" || got.Dash != "dash" {
		t.Errorf("the test compares nothing: %+v", *got)
	}
}

func TestFieldsAreListedOnceInOrder(t *testing.T) {
	plan, err := input.Compile(reflect.TypeFor[names]())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range plan.Fields() {
		got = append(got, f.Name)
	}
	if want := []string{"place", "Word", "note", "by", "a.b", "-", "Plain"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeyOfADottedNameIsTheName(t *testing.T) {
	_, errs := bind[names](t, map[string]any{"a.b": 1})
	if len(errs) != 1 || errs[0].Key != "a.b" {
		t.Errorf("got %v", errs)
	}
}

type (
	endlessPointer *endlessPointer
	endlessList    []endlessList
	endlessMap     map[string]endlessMap
	Other          struct {
		By string `json:"by"`
	}
	Another struct {
		Buyer string `json:"by"`
	}
	closed struct {
		audit `json:"audit"`
	}
)

// TestCompileRefusesTypes lists types that no request can ever bind, or only
// to something else than their author meant.
func TestCompileRefusesTypes(t *testing.T) {
	both := reflect.StructOf([]reflect.StructField{
		{Name: "Other", Type: reflect.TypeFor[Other](), Anonymous: true},
		{Name: "Another", Type: reflect.TypeFor[Another](), Anonymous: true},
	})
	for name, test := range map[string]struct {
		typ  reflect.Type
		want string
	}{
		"endless pointer": {reflect.TypeFor[struct{ P endlessPointer }](), "field P: the type input_test.endlessPointer contains itself"},
		"endless list": {reflect.TypeFor[struct {
			L endlessList `minItems:"1"`
		}](), "field L: the type input_test.endlessList contains itself"},
		"endless map":           {reflect.TypeFor[struct{ M []endlessMap }](), "contains itself"},
		"endless optional":      {reflect.TypeFor[struct{ O input.Optional[endlessList] }](), "contains itself"},
		"twins in two embedded": {both, `have the same name "by"`},
		"unexported with name":  {reflect.TypeFor[closed](), "field audit: "},
		"func":                  {reflect.TypeFor[struct{ F func() }](), "cannot be an input"},
		"complex":               {reflect.TypeFor[struct{ C complex128 }](), "cannot be an input"},
		"interface":             {reflect.TypeFor[struct{ E error }](), "cannot be an input"},
		"string option": {reflect.TypeFor[struct {
			N int `json:"n,string"`
		}](), `field N: the json option "string"`},
		"pointer to struct": {reflect.TypeFor[*audit](), "must be a struct"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := input.Compile(test.typ)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

// node contains itself in every way that has an end.
type node struct {
	Name  string                `json:"name"`
	Next  *node                 `json:"next"`
	Kids  []node                `json:"kids,omitempty"`
	ByKey map[string]*node      `json:"byKey,omitempty"`
	Maybe input.Optional[*node] `json:"maybe"`
}

func TestRecursiveTypes(t *testing.T) {
	got, errs := bind[node](t, parse(t, `{"name":"a","next":{"name":"b","kids":[{"name":"c","byKey":{"x":{"name":"d"},"y":null}}]},"maybe":{"name":"e"}}`))
	if errs != nil {
		t.Fatal(errs)
	}
	kid := got.Next.Kids[0]
	if e, ok := got.Maybe.Get(); kid.ByKey["x"].Name != "d" || kid.ByKey["y"] != nil || !ok || e.Name != "e" {
		t.Errorf("got %+v", *got)
	}
	_, errs = bind[node](t, parse(t, `{"name":"a","maybe":{"name":"e","byKey":{"k":{"kids":[{}]}}}}`))
	if s := errs.Error(); s != "Missing required param: maybe.byKey.k.name; "+
		"Missing required param: maybe.byKey.k.kids[0].name" {
		t.Errorf("got %s", s)
	}
}
