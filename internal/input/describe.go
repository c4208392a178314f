package input

import (
	"encoding/json"
	"reflect"

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

func describeTime(format string) describer {
	return func(*schema.Defs) *schema.Schema {
		return &schema.Schema{Types: schema.Types{"string"}, Format: format}
	}
}

func describeText(r *rules) describer {
	return func(*schema.Defs) *schema.Schema {
		s := &schema.Schema{Types: schema.Types{"string"}}
		if r == nil {
			return s
		}
		s.Format, s.MinLength, s.MaxLength = r.format, clone(r.length.min), clone(r.length.max)
		if r.pattern != nil {
			s.Pattern = r.pattern.String()
		}
		for _, value := range r.enum {
			s.Enum = append(s.Enum, value)
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
func describeUnmarshaler(r *rules, readsJSON bool) describer {
	if readsJSON {
		return describeAny
	}
	return describeText(r)
}

func describeNumber(kind reflect.Kind, r *rules) describer {
	return func(*schema.Defs) *schema.Schema {
		s := schema.Number(kind)
		if r == nil {
			return s
		}
		for _, value := range r.enum {
			s.Enum = append(s.Enum, json.Number(value))
		}
		if r.multiple != nil {
			s.MultipleOf = json.Number(r.multiple.String())
		}
		if r.low != nil {
			s.Minimum, s.ExclusiveMinimum = r.low.bounds(s.Minimum)
		}
		if r.high != nil {
			s.Maximum, s.ExclusiveMaximum = r.high.bounds(s.Maximum)
		}
		return s
	}
}
