package input_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/input"
)

// field returns the type of a struct with one field.
func field[T any](tag string) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "F", Type: reflect.TypeFor[T](), Tag: reflect.StructTag(tag)}})
}

// TestMistakesInTags has what would pass silently, and look like a rule that is kept.
func TestMistakesInTags(t *testing.T) {
	for _, test := range []struct {
		typ  reflect.Type
		want string
	}{
		// names
		{field[int](`json:"f" minimun:"1"`), `field F: unknown tag "minimun"; did you mean "minimum"?`},
		{field[int](`Minimum:"1"`), `did you mean "minimum"?`},
		{field[int](`exclusive_minimum:"1"`), `did you mean "exclusiveMinimum"?`},
		{field[string](`maxlength:"1"`), `did you mean "maxLength"?`},
		{field[string](`maxLenght:"1"`), `did you mean "maxLength"?`},
		{field[string](`patern:"a"`), `did you mean "pattern"?`},
		{field[string](`enums:"a"`), `did you mean "enum"?`},
		{field[string](`enmu:"a"`), `did you mean "enum"?`},
		{field[string](`requierd:"true"`), `did you mean "required"?`},
		{field[string](`secrets:"true"`), `did you mean "secret"?`},
		{field[string](`defaults:"x"`), `did you mean "default"?`},
		{field[string](`docs:"x"`), `did you mean "doc"?`},
		{field[string](`headers:"x"`), `did you mean "header"?`},
		{field[[]int](`minItem:"1"`), `did you mean "minItems"?`},
		{field[string](`json:"f,omitemtpy"`), `unknown json option "omitemtpy"; did you mean "omitempty"?`},
		// form
		{field[int](`json:"f" minimum=1`), `cannot read the tags from "minimum=1" on`},
		{field[int](`minimum: "1"`), "cannot read the tags"},
		{field[int](`minimum:'1'`), "cannot read the tags"},
		{field[int](`minimum:"1`), "cannot read the tags"},
		{field[int](`minimum`), "cannot read the tags"},
		{field[int]("json:\"f\"\tminimum:\"1\""), "cannot read the tags"},
		{field[int](`minimum:"1" minimum:"2"`), "the tag minimum occurs twice"},
		// numbers
		{field[int](`minimum:"5" maximum:"1"`), "the minimum 5 is greater than the maximum 1"},
		{field[float64](`exclusiveMinimum:"5" maximum:"1"`), "is greater than"},
		{field[float64](`exclusiveMinimum:"1" maximum:"1"`), "no number is between 1 and 1"},
		{field[float64](`minimum:"1" exclusiveMaximum:"1"`), "no number is between 1 and 1"},
		{field[int](`exclusiveMinimum:"1" exclusiveMaximum:"2"`), "no number that the type and multipleOf allow"},
		{field[int](`minimum:"1.2" maximum:"1.8"`), "no number that the type"},
		{field[int](`minimum:"1" maximum:"5" multipleOf:"10"`), "no number that the type"},
		{field[int](`minimum:"1" maximum:"4" multipleOf:"2.5"`), "no number that the type"},
		{field[float64](`minimum:"0.1" maximum:"0.4" multipleOf:"0.5"`), "no number that the type"},
		{field[int](`minimum:"1" exclusiveMinimum:"0"`), "exclude each other"},
		{field[float64](`minimum:"NaN"`), `the minimum tag is a number such as 5 or 0.5, not "NaN"`},
		{field[float64](`maximum:"Inf"`), "the maximum tag is a number"},
		{field[float64](`maximum:"1e999"`), "the maximum tag is a number"},
		{field[float64](`minimum:"0x10"`), "the minimum tag is a number"},
		{field[float64](`minimum:""`), "the minimum tag is a number"},
		{field[float64](`minimum:" 1"`), "the minimum tag is a number"},
		{field[float64](`multipleOf:"0"`), "multipleOf must be above zero"},
		{field[float64](`multipleOf:"-1"`), "multipleOf must be above zero"},
		{field[float64](`multipleOf:"NaN"`), "the multipleOf tag is a number"},
		{field[int8](`maximum:"300"`), "the limit 300 is outside of the type, whose numbers are from -128 to 127"},
		{field[uint](`minimum:"-1"`), "the limit -1 is outside of the type"},
		{field[uint8](`minimum:"256"`), "outside of the type"},
		{field[int64](`maximum:"9223372036854775808"`), "outside of the type"},
		// lengths
		{field[string](`minLength:"5" maxLength:"1"`), "minLength 5 is greater than maxLength 1"},
		{field[[]string](`minItems:"5" maxItems:"1"`), "minItems 5 is greater than maxItems 1"},
		{field[map[string]int](`minProperties:"5" maxProperties:"1"`), "minProperties 5 is greater"},
		{field[string](`minLength:"-1"`), `the minLength tag is a number from 0, not "-1"`},
		{field[string](`maxLength:"1.5"`), "the maxLength tag is a number"},
		{field[string](`maxLength:"ten"`), "the maxLength tag is a number"},
		{field[[2]int](`maxItems:"3"`), "no effect on an array"},
		// enums
		{field[string](`enum:"a, b"`), `the enum tag has spaces around " b"; write "b"`},
		{field[string](`enum:"a,,b"`), "has an empty value"},
		{field[string](`enum:""`), "has an empty value"},
		{field[string](`enum:"a,a"`), `the enum tag has "a" twice`},
		{field[float64](`enum:"1,1.0"`), "the enum tag has 1 twice"},
		{field[int](`enum:"1,x"`), `the enum tag is a number such as 5 or 0.5, not "x"`},
		{field[int](`enum:"1,1.5"`), `the enum value "1.5" does not fit`},
		{field[int8](`enum:"1,300"`), `the enum value "300" does not fit`},
		{field[int](`enum:"1,5" maximum:"3"`), `the enum value "5" does not fit`},
		{field[string](`enum:"a,abc" maxLength:"2"`), `the enum value "abc" does not fit: it must have at most 2 characters`},
		{field[string](`enum:"a,b" pattern:"^a$"`), `the enum value "b" does not fit`},
		{field[[]string](`enum:"a@b.c,b" format:"email"`), `the enum value "b" does not fit`},
		{field[level](`enum:"low,mid"`), `the enum value "mid" does not fit`},
		// defaults
		{field[string](`enum:"a,b" default:"c"`), `the default "c" does not fit`},
		{field[time.Time](`default:"2026-01-01"`), "does not fit"},
		{field[time.Time](`format:"time" default:"10:00:00"`), "does not fit"},
		{field[[]int](`default:"1,2" maxItems:"1"`), "does not fit"},
		{field[string](`format:"uuid" default:"x"`), "does not fit"},
		// formats and patterns
		{field[string](`format:"emial"`), `unknown format "emial"; did you mean "email"?`},
		{field[string](`format:"Email"`), `did you mean "email"?`},
		{field[string](`format:"e-mail"`), `use "email"`},
		{field[string](`format:"url"`), `use "uri"`},
		{field[string](`format:"ip"`), `use "ipv4" or "ipv6"`},
		{field[string](`format:"idn-email"`), `use "email"`},
		{field[string](`format:"phone"`), `unknown format "phone"; the formats are date, date-time, duration, email,`},
		{field[[]string](`format:"url"`), `use "uri"`},
		{field[level](`format:"url"`), `use "uri"`},
		{field[string](`format:""`), "the format tag is empty"},
		{field[int](`format:"int32"`), "the tag format has no effect"},
		{field[time.Duration](`format:"duration"`), "the tag format has no effect"},
		{field[string](`pattern:""`), "the pattern tag is empty"},
		{field[string](`pattern:"(" `), "the pattern tag: "},
		{field[string](`patternDescription:"x"`), "no effect without a pattern"},
		// rules on what is no input
		{reflect.TypeFor[struct {
			F string `json:"-" minLength:"1"`
		}](), "field F: the tag minLength has no effect, because the field is not an input"},
		{reflect.TypeFor[struct {
			f string `maxLength:"1"`
		}](), "field f: the tag maxLength has no effect"},
		{reflect.TypeFor[struct {
			embeddedBody `contentType:"a/b"`
		}](), "field embeddedBody: the tag contentType has no effect"},
		{reflect.TypeFor[struct {
			Inner struct {
				F string `minlength:"1"`
			}
		}](), `field Inner: field F: unknown tag "minlength"`},
		{field[json.RawMessage](`pattern:"a"`), "the tag pattern has no effect"},
		{field[bool](`uniqueItems:"true"`), "the tag uniqueItems has no effect"},
		{field[[]int](`uniqueItems:"yes"`), "the uniqueItems tag is true or false"},
	} {
		if _, err := input.Compile(test.typ); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want %q in it", test.typ.Field(0), err, test.want)
		}
	}
}

// TestTagsThatAreFine has tags of other packages, and rules at their limits.
func TestTagsThatAreFine(t *testing.T) {
	for _, typ := range []reflect.Type{
		field[string](`json:"f" db:"f" bun:"f,notnull" validate:"required" yaml:"f" env:"F" form:"f" xml:"f" toml:"f" bson:"f" query:"f" redis:"f"`),
		field[string](`gorm:"size:10" mapstructure:"f" binding:"required" example:"x" description:"x" label:"f" min:"1" dot:"x"`),
		field[uint8](`minimum:"0" maximum:"255"`), field[int64](`minimum:"-9223372036854775808" maximum:"9223372036854775807"`),
		field[uint64](`maximum:"18446744073709551615" multipleOf:"0.5"`), field[int](`minimum:"3" maximum:"3"`),
		field[float32](`minimum:"-1e30" maximum:"1e30" multipleOf:"0.01"`), field[string](`minLength:"0" maxLength:"0"`),
		field[[]string](`enum:"a b,c" minItems:"2" uniqueItems:"true"`), field[*level](`enum:"low,high" default:"low"`),
		field[string](`pattern:"a" patternDescription:"an a"`), field[time.Time](`format:"time" default:"10:00:00Z"`),
		reflect.TypeFor[struct {
			F string `json:"-" db:"f" doc:"x" default:"y"`
			g int    `db:"g"`
		}](),
	} {
		if _, err := input.Compile(typ); err != nil {
			t.Errorf("%v: %v", typ, err)
		}
	}
}
