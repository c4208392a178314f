package input_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/input"
)

const treasure = "t0psecret"

// guarded has a secret in every place a secret can be in.
type guarded struct {
	Password string            `json:"password,omitempty" secret:"true" maxLength:"3"`
	Site     string            `json:"site,omitempty" secret:"true" format:"uri"`
	Address  netip.Addr        `json:"address,omitzero" secret:"true"`
	Raw      json.RawMessage   `json:"raw,omitempty" secret:"true"`
	Keys     map[string]string `json:"keys,omitempty" secret:"true" maxProperties:"1"`
	Card     *card             `json:"card"`
	Cards    []card            `json:"cards,omitempty" maxItems:"1"`
	ByName   map[string]card   `json:"byName,omitempty" maxProperties:"1"`
	Wallet   *wallet           `json:"wallet"`
	Vault    *vault            `json:"vault" secret:"true"`
	Loud     loud              `json:"loud,omitzero" secret:"true"`
}

// vault is secret as a whole.
type vault struct {
	Pin string `json:"pin" maxLength:"3"`
}

// loud repeats its input in errors.
type loud struct{}

func (*loud) UnmarshalJSON(data []byte) error { return fmt.Errorf("what is %s?", data) }

type card struct {
	Number string `json:"number" secret:"true"`
	Count  int    `json:"count,omitempty"`
}

// wallet has its secret two levels down, and contains itself.
type wallet struct {
	Inner []wallet `json:"inner,omitempty"`
	Cards []card   `json:"cards,omitempty"`
}

// TestSecretsStaySecret sends the secret in right and in wrong places; neither
// an error nor the logged parameters may repeat it.
func TestSecretsStaySecret(t *testing.T) {
	plan, err := input.Compile(reflect.TypeFor[guarded]())
	if err != nil {
		t.Fatal(err)
	}
	text := input.Text{treasure}
	object := map[string]any{"number": treasure, "count": "x"}
	for name, params := range map[string]map[string]any{
		"rule":                     {"password": treasure},
		"wrong type":               {"password": []any{treasure}},
		"repeated":                 {"password": input.Text{treasure, treasure}},
		"format":                   {"site": treasure + "://\x7f"},
		"text unmarshaler":         {"address": treasure},
		"secret map":               {"keys": map[string]any{"a": treasure, "b": 1}},
		"nested":                   {"card": object},
		"string for an object":     {"card": treasure},
		"text for an object":       {"card": text},
		"list for an object":       {"card": []any{treasure}},
		"string for a list":        {"cards": treasure},
		"text for a list":          {"cards": text},
		"too long list":            {"cards": []any{map[string]any{"number": treasure}, map[string]any{"number": treasure}}},
		"too long list of texts":   {"cards": input.Text{`{"number":"` + treasure + `"}`, `{"number":"` + treasure + `"}`}},
		"too large map":            {"byName": map[string]any{"a": object, "b": object}},
		"text for a map":           {"byName": text},
		"string in a map":          {"byName": map[string]any{"a": treasure}},
		"string deep inside":       {"wallet": map[string]any{"inner": []any{map[string]any{"inner": treasure}}}},
		"string for a deep object": {"wallet": map[string]any{"inner": []any{treasure}}},
		"inside a secret object":   {"vault": map[string]any{"pin": treasure}},
		"JSON unmarshaler":         {"loud": treasure},
		"text of a whole object":   {"wallet": input.Text{`{"cards":[{"number":"` + treasure + `","count":"x"}]}`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := plan.Bind(params)
			if errs == nil {
				t.Fatal("the parameters bind: the test tests nothing")
			}
			for _, e := range errs {
				if shown := fmt.Sprint(e.Key, e.Message, e.Value); strings.Contains(shown, treasure) {
					t.Errorf("the error tells it: %s", shown)
				}
			}
			if logged := fmt.Sprint(plan.Redact(params)); strings.Contains(logged, treasure) {
				t.Errorf("the log tells it: %s", logged)
			}
		})
	}
}

func TestRedactShowsWhatIsNoSecret(t *testing.T) {
	plan, err := input.Compile(reflect.TypeFor[everything]())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		params map[string]any
		want   string
	}{
		{map[string]any{"name": input.Text{"a", "b"}}, `{"name":["a","b"]}`},
		{map[string]any{"home": "nonsense"}, `{"home":"nonsense"}`},
		{map[string]any{"home": input.Text{`{"street":"s","other":1}`}}, `{"home":{"street":"s"}}`},
		{map[string]any{"home": input.Text{"nonsense"}}, `{"home":"nonsense"}`},
		{map[string]any{"home": nil}, `{"home":null}`},
		{map[string]any{"others": []any{map[string]any{"street": "s", "password": "p"}, nil}}, `{"others":[{"street":"s"},null]}`},
		{map[string]any{"any": map[string]any{"free": 1}}, `{"any":{"free":1}}`},
	} {
		got, err := json.Marshal(plan.Redact(test.params))
		if err != nil || string(got) != test.want {
			t.Errorf("%v: got %s (%v), want %s", test.params, got, err, test.want)
		}
	}
}
