package input_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/input"
)

// TestCompileRefusesRulesWithoutEffect: a rule that its field can never break
// is a mistake, and one that looks like protection.
func TestCompileRefusesRulesWithoutEffect(t *testing.T) {
	for name, test := range map[string]struct {
		typ  reflect.Type
		want string
	}{
		"minimum of a duration": {reflect.TypeFor[struct {
			F time.Duration `minimum:"1"`
		}](), "field F: the tag minimum"},
		"minLength of a number": {reflect.TypeFor[struct {
			F int `minLength:"1"`
		}](), "field F: the tag minLength"},
		"maximum of a string": {reflect.TypeFor[struct {
			F string `maximum:"9"`
		}](), "field F: the tag maximum"},
		"maxItems of a string": {reflect.TypeFor[struct {
			F string `maxItems:"9"`
		}](), "field F: the tag maxItems"},
		"minimum of map values": {reflect.TypeFor[struct {
			F map[string]int `minimum:"1"`
		}](), "field F: the tag minimum"},
		"minimum of a matrix": {reflect.TypeFor[struct {
			F [][]int `minimum:"1"`
		}](), "field F: the tag minimum"},
		"minProperties of a struct": {reflect.TypeFor[struct {
			F address `minProperties:"1"`
		}](), "field F: the tag minProperties"},
		"maxLength of bytes": {reflect.TypeFor[struct {
			F []byte `maxLength:"9"`
		}](), "field F: the tag maxLength"},
		"enum of a boolean": {reflect.TypeFor[struct {
			F bool `enum:"true"`
		}](), "field F: the tag enum"},
		"pattern of a time": {reflect.TypeFor[struct {
			F time.Time `pattern:"."`
		}](), "field F: the tag pattern"},
		"format of a time": {reflect.TypeFor[struct {
			F time.Time `format:"unix"`
		}](), `field F: the format of a time`},
		"anything of any": {reflect.TypeFor[struct {
			F any `maxLength:"9"`
		}](), "field F: the tag maxLength"},
		"multiple of nothing": {reflect.TypeFor[struct {
			F float64 `multipleOf:"0"`
		}](), "field F: multipleOf"},
		"secret": {reflect.TypeFor[struct {
			F string `secret:"yes"`
		}](), "field F: the secret tag is true or false"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := input.Compile(test.typ)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestRulesReachTheElements(t *testing.T) {
	type in struct {
		Pointers  []*string                 `json:"pointers,omitempty" maxLength:"2" uniqueItems:"true"`
		Numbers   []*int                    `json:"numbers,omitempty" uniqueItems:"true"`
		Optionals []input.Optional[string]  `json:"optionals,omitempty" minLength:"2"`
		Deep      **int                     `json:"deep" minimum:"3"`
		Maybe     *input.Optional[[]string] `json:"maybe" maxItems:"1"`
		Levels    []level                   `json:"levels,omitempty" enum:"low,high"`
		Days      []time.Time               `json:"days,omitempty" format:"date"`
	}
	for body, want := range map[string]string{
		`{"pointers":["a",null,"b"]}`:       "",
		`{"pointers":["a",null,null]}`:      "pointers must not have the same item twice",
		`{"pointers":["a","b","a"]}`:        "pointers must not have the same item twice",
		`{"pointers":["abc"]}`:              "pointers[0] must have at most 2 characters",
		`{"numbers":[1,2,1.0]}`:             "numbers must not have the same item twice",
		`{"optionals":["ab",null]}`:         "",
		`{"optionals":["ab","c"]}`:          "optionals[1] must have at least 2 characters",
		`{"deep":3}`:                        "",
		`{"deep":null}`:                     "",
		`{"deep":2}`:                        "deep must be at least 3",
		`{"maybe":["a","b"]}`:               "maybe must have at most 1 item",
		`{"levels":["low","mid","high"]}`:   `levels[1] must be low or high`,
		`{"days":["2026-01-02"]}`:           "",
		`{"days":["2026-01-02T00:00:00Z"]}`: "days[0] must be a date such as 2026-01-31",
	} {
		_, errs := bind[in](t, parse(t, body))
		if got := errs.Error(); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

// TestMultipleOfAFraction: prices are not multiples of 0.01 in binary.
func TestMultipleOfAFraction(t *testing.T) {
	type in struct {
		Price float64     `json:"price,omitempty" multipleOf:"0.01"`
		Exact json.Number `json:"exact,omitempty" multipleOf:"0.01"`
		Short float32     `json:"short,omitempty" multipleOf:"0.01"`
		Even  int         `json:"even,omitempty" multipleOf:"2"`
	}
	for body, ok := range map[string]bool{
		`{"price":0.07}`: true, `{"price":19.99}`: true, `{"price":-1234567.89}`: true, `{"price":0}`: true, `{"price":1e15}`: true,
		`{"price":0.071}`: false, `{"price":19.999}`: false, `{"price":1234567.895}`: false,
		`{"short":0.07}`: true, `{"short":0.071}`: false, `{"exact":0.07}`: true, `{"exact":0.075}`: false, `{"even":4}`: true, `{"even":5}`: false,
	} {
		_, errs := bind[in](t, parse(t, body))
		if (errs == nil) != ok {
			t.Errorf("%s: %v", body, errs)
		}
		if errs != nil && !strings.Contains(errs[0].Message, " must be a multiple of ") {
			t.Errorf("%s: %v", body, errs)
		}
	}
}

// set is a text type whose Go values cannot be compared with ==.
type set struct{ members []string }

func (s *set) UnmarshalText(text []byte) error {
	s.members = strings.Split(string(text), "+")
	return nil
}

func TestUniqueItemsOfTypesThatCannotBeCompared(t *testing.T) {
	type in struct {
		Sets []set `json:"sets" uniqueItems:"true"`
	}
	if _, errs := bind[in](t, parse(t, `{"sets":["a+b","a"]}`)); errs != nil {
		t.Error(errs)
	}
	if _, errs := bind[in](t, parse(t, `{"sets":["a+b","a","a+b"]}`)); len(errs) != 1 {
		t.Errorf("twins were let in: %v", errs)
	}
}

func TestNullDoesNotEscapeTheRules(t *testing.T) {
	type in struct {
		List []int          `json:"list" minItems:"1"`
		Map  map[string]int `json:"map" minProperties:"1"`
	}
	_, errs := bind[in](t, parse(t, `{"list":null,"map":null}`))
	if got, want := errs.Error(), "list must be a list; map must be an object"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDefaultsAreNotShared(t *testing.T) {
	type in struct {
		List  []string       `json:"list" default:"a,b"`
		Empty []int          `json:"empty" default:""`
		Map   map[string]int `json:"map" default:"{\"a\":1}"`
		Bytes []byte         `json:"bytes" default:"aGk="`
		Home  *address       `json:"home" default:"{\"street\":\"here\"}"`
		Any   any            `json:"any" default:"x"`
	}
	plan, err := input.Compile(reflect.TypeFor[in]())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second one sees the changes of the first to its defaults
		got, errs := plan.Bind(nil)
		if errs != nil {
			t.Fatal(errs)
		}
		v := got.(*in)
		if len(v.List) != 2 || v.List[0] != "a" || v.Map["a"] != 1 || string(v.Bytes) != "hi" || v.Home.Street != "here" || v.Any != "x" {
			t.Fatalf("got %+v", v)
		}
		if v.Empty == nil || len(v.Empty) != 0 {
			t.Fatalf("an empty default of a list is %#v", v.Empty)
		}
		v.List[0], v.Map["a"], v.Bytes[0], v.Home.Street = "changed", 2, '!', "changed"
	}
}
