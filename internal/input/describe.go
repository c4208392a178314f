package input

import (
	"math"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/keryx-go/keryx/action/schema"
)

// describer returns the schema of the values that a part binds, without null.
type describer func(d *schema.Defs) *schema.Schema

func describeAny(*schema.Defs) *schema.Schema { return &schema.Schema{} }

func describeBool(*schema.Defs) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"boolean"}}
}

func describeFile(*schema.Defs) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"string"}, ContentMediaType: "application/octet-stream"}
}

func describeBytes(*schema.Defs) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"string"}, ContentEncoding: "base64"}
}

// durations is the grammar of time.ParseDuration. JSON Schema's own format "duration"
// is ISO 8601.
const durations = `^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`

func describeDuration(*schema.Defs) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"string"}, Pattern: durations}
}

// clocks is the grammar of time.Parse for a time of day. JSON Schema's own format
// "time" requires an offset from UTC.
const clocks = `^([0-9]|[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.,][0-9]+)?$`

func describeTime(format string) describer {
	return func(*schema.Defs) *schema.Schema {
		s := &schema.Schema{Types: schema.Types{"string"}}
		if format == "time" {
			s.Pattern = clocks
		} else {
			s.Format = format
		}
		return s
	}
}

func describeText(rules *huma.Schema) describer {
	return func(*schema.Defs) *schema.Schema {
		s := &schema.Schema{Types: schema.Types{"string"}}
		if rules != nil {
			s.Format, s.Pattern, s.Enum = rules.Format, rules.Pattern, slices.Clone(rules.Enum)
			s.MinLength, s.MaxLength = clone(rules.MinLength), clone(rules.MaxLength)
		}
		return s
	}
}

// clone returns a copy of *p, because a schema belongs to the caller.
func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// describeUnmarshaler allows any type of JSON for a type that reads JSON besides text.
func describeUnmarshaler(rules *huma.Schema, readsJSON bool) describer {
	if readsJSON {
		return describeAny
	}
	return describeText(rules)
}

func describeNumber(kind reflect.Kind, rules *huma.Schema) describer {
	return func(*schema.Defs) *schema.Schema {
		s := schema.Number(kind)
		if rules != nil {
			s.Enum = slices.Clone(rules.Enum)
			s.Minimum = stricter(s.Minimum, rules.Minimum, math.Max)
			s.Maximum = stricter(s.Maximum, rules.Maximum, math.Min)
			s.ExclusiveMinimum, s.ExclusiveMaximum = clone(rules.ExclusiveMinimum), clone(rules.ExclusiveMaximum)
			s.MultipleOf = clone(rules.MultipleOf)
		}
		return s
	}
}

// stricter returns the bound that of selects, or the only one.
func stricter(kind, rule *float64, of func(x, y float64) float64) *float64 {
	switch {
	case rule == nil:
		return kind
	case kind == nil:
		return clone(rule)
	}
	return new(of(*kind, *rule))
}
