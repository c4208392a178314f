package input_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/input"
)

// TestEmptyText: a form sends all its controls, and a page its filters, whether they are
// filled in or not.
func TestEmptyText(t *testing.T) {
	type in struct {
		Page   int                        `json:"page" default:"7"`
		Room   *int64                     `json:"room"`
		Mine   bool                       `json:"mine,omitempty"`
		From   input.Optional[time.Time]  `json:"from"`
		Within time.Duration              `json:"within,omitempty"`
		Price  float64                    `json:"price,omitempty"`
		IP     input.Optional[netip.Addr] `json:"ip"`
		IDs    []int                      `json:"ids" default:"1,2"`
		Home   *address                   `json:"home"`
		Map    map[string]int             `json:"map,omitempty"`
		Order  string                     `json:"order" enum:"asc,desc" default:"asc"`
		Email  string                     `json:"email,omitempty" format:"email"`
		Zip    input.Optional[string]     `json:"zip" pattern:"^[0-9]{5}$"`
		Short  *string                    `json:"short" minLength:"1"`
		Plain  input.Optional[string]     `json:"plain"`
		Text   string                     `json:"text" default:"x"`
		Tags   []string                   `json:"tags,omitempty"`
		File   *input.File                `json:"file"`
		Level  level                      `json:"level,omitempty"`
	}
	params := map[string]any{}
	typ := reflect.TypeFor[in]()
	plan, err := input.Compile(typ)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plan.Fields() {
		params[f.Name] = input.Text{""}
	}
	bound, errs := plan.Bind(params)
	if errs != nil {
		t.Fatal(errs)
	}
	got := bound.(*in)
	if plain, ok := got.Plain.Get(); !ok || plain != "" || got.Text != "" || fmt.Sprintf("%q", got.Tags) != `[""]` {
		t.Errorf("plain text is itself: got %+v", got)
	}
	got.Plain, got.Text, got.Tags = input.Optional[string]{}, "x", nil
	absent, errs := plan.Bind(nil)
	if errs != nil || !reflect.DeepEqual(absent, bound) {
		t.Errorf("got %+v\nwant %+v, %v", bound, absent, errs)
	}
}

func TestEmptyTextForRequiredFields(t *testing.T) {
	type in struct {
		N    int        `json:"n"`
		At   time.Time  `json:"at"`
		IP   netip.Addr `json:"ip"`
		IDs  []int      `json:"ids"`
		Name string     `json:"name" minLength:"2"`
		Any  string     `json:"any"`
		File input.File `json:"file"`
	}
	params := map[string]any{}
	for _, name := range []string{"n", "at", "ip", "ids", "name", "any", "file"} {
		params[name] = input.Text{""}
	}
	_, errs := bind[in](t, params)
	want := "Missing required param: n; Missing required param: at; Missing required param: ip; Missing required param: ids; " +
		"name must have at least 2 characters; Missing required param: file"
	if errs.Error() != want {
		t.Errorf("got %s", errs)
	}
	if _, errs := bind[struct { // JSON is not text of a form
		N *int `json:"n"`
	}](t, map[string]any{"n": ""}); errs.Error() != "n must be a whole number" {
		t.Errorf("got %s", errs)
	}
}

// TestNullForRequiredFields: null is refused for every type that is not made for it, and
// a nil value of Go code is empty.
func TestNullForRequiredFields(t *testing.T) {
	type in struct {
		List  []int             `json:"list"`
		Map   map[string]string `json:"map"`
		Bytes []byte            `json:"bytes"`
		Lists [][]int           `json:"lists"`
	}
	_, errs := bind[in](t, parse(t, `{"list":null,"map":null,"bytes":null,"lists":[null]}`))
	if got := errs.Error(); got != "list must be a list; map must be an object; bytes must be text; lists[0] must be a list" {
		t.Errorf("got %s", got)
	}
	values, err := input.Values(in{Lists: [][]int{nil}})
	if err != nil {
		t.Fatal(err)
	}
	got, errs := bind[in](t, values)
	if errs != nil || got.List == nil || got.Map == nil || len(got.Lists[0]) != 0 {
		t.Errorf("got %+v, %v", got, errs)
	}
}
