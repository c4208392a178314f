package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/internal/structtag"
)

// settingTags are the tags of a setting.
var settingTags = []string{
	"env", "envDefault", "envDefaultFrom", "envPrefix", "envSeparator", "unit", "minimum", "maximum", "minLength", "pattern", "patternDescription",
	"format", "enum", "doc", "example", "empty", "secret",
}

// foreignTags are tags of other packages that look like a misspelt one of ours.
var foreignTags = []string{"form", "json", "toml", "yaml", "xml"}

// inputTags are tags of inputs (package action) without an effect on a setting, and what
// to write instead.
var inputTags = map[string]string{
	"required": `write env:"NAME,required"`, "default": "write envDefault", "message": "write patternDescription",
	"maxLength": "write pattern", "exclusiveMinimum": "write minimum", "exclusiveMaximum": "write maximum",
	"minItems": "check it in a method Validate", "maxItems": "check it in a method Validate", "multipleOf": "check it in a method Validate",
}

// checkTags returns an error for a tag without an effect.
func checkTags(tag reflect.StructTag) error {
	for name, instead := range inputTags {
		if _, ok := tag.Lookup(name); ok {
			return fmt.Errorf("the tag %s has no effect on a setting; %s", name, instead)
		}
	}
	return structtag.Check(tag, settingTags, func(name string) bool {
		return strings.HasPrefix(name, "envDefault.") || slices.Contains(foreignTags, name)
	})
}
