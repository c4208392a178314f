package input_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/input"
)

// TestNumbersAreExact: a number has the value that was written, on every transport, or
// is refused.
func TestNumbersAreExact(t *testing.T) {
	type in struct {
		I  int64       `json:"i,omitempty"`
		U  uint64      `json:"u,omitempty"`
		N  json.Number `json:"n,omitempty" multipleOf:"0.1" maximum:"9007199254740993"`
		L  int64       `json:"l,omitempty" minimum:"-9007199254740993" maximum:"9007199254740993"`
		E  int64       `json:"e,omitempty" enum:"9007199254740993"`
		M  uint64      `json:"m,omitempty" multipleOf:"9007199254740993"`
		F  float64     `json:"f,omitempty" maximum:"1"`
		S  float32     `json:"s,omitempty" maximum:"0.1"`
		Is []int64     `json:"is,omitempty" uniqueItems:"true"`
	}
	ok := map[string]string{
		"i=9007199254740993.0": "9007199254740993", "i=9.007199254740993e15": "9007199254740993", "i=9223372036854775807.0": "9223372036854775807",
		"i=-9223372036854775808.00": "-9223372036854775808", "i=-9.223372036854775808e18": "-9223372036854775808", "i=90071992547409930e-1": "9007199254740993",
		"u=18446744073709551615.0": "18446744073709551615", "u=1.8446744073709551615e19": "18446744073709551615", "u=-0": "0", "u=0e999999999999": "0",
		"n=9007199254740993": "9007199254740993", "n=0.3": "0.3", "n=9007199254740992.9": "9007199254740992.9", "n=1e-0": "1e-0",
		"l=9007199254740993": "9007199254740993", "l=-9007199254740993": "-9007199254740993", "e=9007199254740993.0": "9007199254740993",
		"m=18014398509481986": "18014398509481986", "f=1.0": "1", "s=0.1": "0.1",
	}
	refused := []string{
		"i=9223372036854775808", "i=9223372036854775807.5", "i=1e-1", "i=-9223372036854775809.0", "i=1e999999999999", "i=.", "i=1e", "i=--1", "i=1e+-1", "i=Infinity", "i=0x1p4", "i=1_0", "i=٣",
		"u=18446744073709551616", "u=-1", "u=-1e0", "n=9007199254740993.1", "n=9007199254740994", "n=0.30000000000000004", "n=0.25", "n=1e400", "n=NaN",
		"l=9007199254740994", "l=-9007199254740994", "e=9007199254740992", "e=9007199254740994", "m=9007199254740992", "m=18014398509481985",
		"f=1.00000000000000000000000001", "f=1e309", "s=0.10000000000000001", "s=1e39",
	}
	bound := func(raw any, key string) (string, error) {
		got, errs := bind[in](t, map[string]any{key: raw})
		if errs != nil {
			return "", errs
		}
		return fmt.Sprint(map[string]any{"i": got.I, "u": got.U, "n": got.N, "l": got.L, "e": got.E, "m": got.M, "f": got.F, "s": got.S}[key]), nil
	}
	for text, want := range ok {
		key, digits, _ := strings.Cut(text, "=")
		for _, raw := range []any{input.Text{digits}, json.Number(digits)} {
			if got, err := bound(raw, key); err != nil || got != want {
				t.Errorf("%s as %T: got %s, %v, want %s", text, raw, got, err, want)
			}
		}
	}
	for _, text := range refused {
		key, digits, _ := strings.Cut(text, "=")
		for _, raw := range []any{input.Text{digits}, json.Number(digits)} {
			if got, err := bound(raw, key); err == nil {
				t.Errorf("%s as %T became %s", text, raw, got)
			}
		}
	}
	if _, errs := bind[in](t, parse(t, `{"is":[9007199254740993,9007199254740992]}`)); errs != nil {
		t.Error(errs)
	}
	for _, number := range []any{float64(1 << 62), int64(1 << 62), uint64(1 << 62)} { // from Go code
		if got, err := bound(number, "i"); err != nil || got != "4611686018427387904" {
			t.Errorf("%T: got %s, %v", number, got, err)
		}
	}
}

// TestDefaultsAreExact: the default of a schema is what binding makes of it.
func TestDefaultsAreExact(t *testing.T) {
	plan, err := input.Compile(field[int64](`json:"f" default:"+9007199254740993"`))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(plan.Schema().Properties.Find("f").Default); got != "9007199254740993" {
		t.Errorf("got %s", got)
	}
}

func TestTimesAreStrict(t *testing.T) {
	type in struct {
		At    time.Time   `json:"at,omitzero"`
		Day   time.Time   `json:"day,omitzero" format:"date"`
		Clock time.Time   `json:"clock,omitzero" format:"time"`
		Text  string      `json:"text,omitempty" format:"date-time"`
		List  []time.Time `json:"list,omitempty"`
	}
	for key, texts := range map[string][]string{
		"at": {"2024-01-01T00:00:00+24:00", "2024-01-01T0:00:00Z", "2024-01-01T00:00:00,5Z"}, "text": {"2024-01-01T00:00:00+24:00", "2024-01-01"},
		"day": {"2024-1-01", "2024-01-01T00:00:00Z"}, "clock": {"12:00:00", "12:00Z", "12:00:00+24:00"},
		"list": {"2024-01-01T00:00:00,5Z"},
	} {
		for _, text := range texts {
			if got, errs := bind[in](t, map[string]any{key: input.Text{text}}); errs == nil {
				t.Errorf("%s=%s: got %+v", key, text, got)
			}
		}
	}
	got, errs := bind[in](t, parse(t, `{"at":"2024-01-01t00:00:00.5z","day":"2024-02-29","clock":"12:00:00Z","text":"2016-12-31T23:59:60Z"}`))
	if errs != nil || got.Clock.Hour() != 12 || got.At.Nanosecond() != 5e8 {
		t.Fatalf("got %+v, %v", got, errs)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
}

// code reads JSON strings.
type code string

func (c *code) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, (*string)(c)) }

// pair reads JSON objects.
type pair struct{ A, B int }

func (p *pair) UnmarshalJSON(data []byte) error {
	type plain pair
	return json.Unmarshal(data, (*plain)(p))
}

func TestTextForTypesThatReadJSON(t *testing.T) {
	type in struct {
		Code  code                 `json:"code,omitempty"`
		Codes []code               `json:"codes,omitempty"`
		Map   map[string]code      `json:"map,omitempty"`
		Maybe input.Optional[code] `json:"maybe"`
		Temp  temperature          `json:"temp,omitzero"`
		Pair  *pair                `json:"pair"`
		Pairs []pair               `json:"pairs,omitempty"`
	}
	for _, text := range []string{"abc", "123", "true", "null", `"q"`, "{}", "[1]", "1e5", "", " "} {
		got, errs := bind[in](t, map[string]any{"code": input.Text{text}, "codes": input.Text{text, text}, "maybe": input.Text{text}})
		if errs != nil {
			t.Errorf("%q: %v", text, errs)
			continue
		}
		if maybe, _ := got.Maybe.Get(); string(got.Code) != text || string(got.Codes[1]) != text || string(maybe) != text {
			t.Errorf("%q: got %+v", text, got)
		}
	}
	got, errs := bind[in](t, map[string]any{
		"temp": input.Text{"20"}, "pair": input.Text{`{"A":1,"B":2}`}, "pairs": input.Text{`{"A":1}`, `{"B":2}`}, "map": input.Text{`{"a":"123"}`},
	})
	if errs != nil || got.Temp.Celsius != 20 || *got.Pair != (pair{1, 2}) || got.Pairs[1].B != 2 || got.Map["a"] != "123" {
		t.Errorf("got %+v, %v", got, errs)
	}
	_, errs = bind[in](t, map[string]any{"temp": input.Text{"warm"}, "pair": input.Text{"5"}})
	if s := errs.Error(); s != "temp is not valid: there is no such temperature; pair is not valid" {
		t.Errorf("got %s", s)
	}
}

// TestLongTexts: a type that reads text itself may need quadratic time.
func TestLongTexts(t *testing.T) {
	type in struct {
		Big   *big.Int    `json:"big"`
		Long  level       `json:"long,omitempty" maxLength:"100000"`
		Regex string      `json:"regex,omitempty" format:"regex"`
		IP    *netip.Addr `json:"ip"`
	}
	digits := strings.Repeat("7", 400_000)
	for name, params := range map[string]map[string]any{
		"big must have at most 65536 characters": {"big": input.Text{digits}}, "big must have at most 65536 characters ": {"big": json.Number(digits)},
		"big must have at most 65536 characters  ": {"big": digits}, "regex must be a regular expression": {"regex": digits},
		"ip must be an IP address": {"ip": "x"}, "big must be a whole number": {"big": "x"}, "long must have at most 100000 characters": {"long": digits},
	} {
		if _, errs := bind[in](t, params); len(errs) != 1 || errs[0].Message != strings.TrimSpace(name) {
			t.Errorf("%s: got %.200s", name, errs.Error())
		}
	}
	if got, errs := bind[in](t, map[string]any{"big": json.Number("123456789012345678901234567890")}); errs != nil || got.Big.String() != "123456789012345678901234567890" {
		t.Errorf("got %+v, %v", got, errs)
	}
}
