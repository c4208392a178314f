package input

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/internal/structtag"
	"github.com/keryx-go/keryx/internal/suggest"
)

// The struct tags that are rules of JSON Schema, by the type that they apply to.
var (
	textRules   = []string{"enum", "minLength", "maxLength", "pattern", "patternDescription", "format"}
	numberRules = []string{"enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
	listRules   = []string{"minItems", "maxItems", "uniqueItems"}
	mapRules    = []string{"minProperties", "maxProperties"}
	ruleTags    = slices.Concat(textRules, numberRules[1:], listRules, mapRules)

	// effective are the tags that a field which is no input must not have.
	effective = slices.Concat(ruleTags, []string{"maxSize", "contentType", InHeader, InCookie, InBody})
	ownTags   = slices.Concat(effective, []string{"json", "doc", "default", "example", "deprecated", "required", "secret", "message"})
)

// foreignTags are tags of other packages that look like a misspelt one of ours.
var foreignTags = []string{
	"bson", "bun", "cbor", "conf", "csv", "db", "dot", "env", "form", "hcl", "ion", "jsonapi", "jsonschema", "mod", "pg", "query",
	"redis", "sql", "toml", "url", "uri", "xml", "yaml",
}

// checkTags returns an error for a tag that cannot be read, that occurs twice, or whose
// name is close to one of ours.
func checkTags(tag reflect.StructTag) error {
	return structtag.Check(tag, ownTags, func(name string) bool { return slices.Contains(foreignTags, name) })
}

// checkOptions returns an error for a misspelt option of a json tag.
func checkOptions(tag reflect.StructTag) error {
	_, options, _ := strings.Cut(tag.Get("json"), ",")
	for option := range strings.SplitSeq(options, ",") {
		if option == "omitempty" || option == "omitzero" {
			continue
		}
		if own := suggest.Slip(option, []string{"omitempty", "omitzero"}); own != "" {
			return fmt.Errorf("unknown json option %q; did you mean %q?", option, own)
		}
	}
	return nil
}

// checkUnused returns an error for a rule on a field of t that is no input: one without
// an upper-case letter or with the tag json:"-", and an embedded struct.
func checkUnused(t reflect.Type) error {
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("json")
		embedded := f.Anonymous && strings.Split(name, ",")[0] == "" && f.Type.Kind() == reflect.Struct
		if name != "-" && f.IsExported() && !embedded {
			continue
		}
		for _, key := range effective {
			if _, ok := f.Tag.Lookup(key); ok {
				return fmt.Errorf("field %s: the tag %s has no effect, because the field is not an input", f.Name, key)
			}
		}
		if embedded && name != "-" {
			if err := checkUnused(f.Type); err != nil {
				return err
			}
		}
	}
	return nil
}
