// Package schematest holds JSON values against schemas with a validator that is not
// ours.
package schematest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/keryx-go/keryx/action/schema"
)

// Compile returns a function that validates a JSON value, whose numbers are of type
// [json.Number]. The formats of 64-bit integers and of fractions are asserted, and so
// is the encoding of content; other validators may ignore them. Smaller integers must
// have a minimum and a maximum. The formats of text are not asserted, but for dates.
func Compile(tb testing.TB, s *schema.Schema) func(value any) error {
	tb.Helper()
	encoded, err := json.Marshal(s)
	if err != nil {
		tb.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		tb.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.AssertContent()
	c.RegisterFormat(&jsonschema.Format{Name: "int64", Validate: whole((*big.Int).IsInt64)})
	c.RegisterFormat(&jsonschema.Format{Name: "uint64", Validate: whole((*big.Int).IsUint64)})
	c.RegisterFormat(&jsonschema.Format{Name: "float", Validate: fraction(32)})
	c.RegisterFormat(&jsonschema.Format{Name: "double", Validate: fraction(64)})
	if err := c.AddResource("schema.json", document); err != nil {
		tb.Fatalf("%v\n%s", err, encoded)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		tb.Fatalf("%v\n%s", err, encoded)
	}
	return compiled.Validate
}

// whole checks numbers that are integers; the schema's type refuses others.
func whole(fits func(*big.Int) bool) func(any) error {
	return func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil
		}
		if r, ok := new(big.Rat).SetString(string(n)); ok && r.IsInt() && !fits(r.Num()) {
			return fmt.Errorf("%s is out of range", n)
		}
		return nil
	}
}

func fraction(bits int) func(any) error {
	return func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil
		}
		if _, err := strconv.ParseFloat(string(n), bits); err != nil {
			return fmt.Errorf("%s is out of range", n)
		}
		return nil
	}
}

// Decode reads JSON with numbers of type [json.Number].
func Decode(tb testing.TB, text string) any {
	tb.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		tb.Fatalf("%v: %s", err, text)
	}
	return value
}
