// Package structtag finds mistakes in struct tags, which reflect does not tell of.
package structtag

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/internal/suggest"
)

// Check returns an error for a tag that cannot be read, that occurs twice, or whose
// name is close to one of own. Names that known reports are fine.
func Check(tag reflect.StructTag, own []string, known func(name string) bool) error {
	names, err := namesOf(tag)
	if err != nil {
		return err
	}
	for _, name := range names {
		if slices.Contains(own, name) || known(name) {
			continue
		}
		if meant := suggest.Slip(name, own); meant != "" {
			return fmt.Errorf("unknown tag %q; did you mean %q?", name, meant)
		}
	}
	return nil
}

func namesOf(tag reflect.StructTag) ([]string, error) {
	var names []string
	for rest := strings.TrimLeft(string(tag), " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		name, value, found := strings.Cut(rest, ":")
		quoted, err := strconv.QuotedPrefix(value)
		if !found || err != nil || name == "" || quoted[0] != '"' || strings.ContainsAny(name, " \"\t") {
			return nil, fmt.Errorf("cannot read the tags from %q on; they are written as name:\"value\"", rest)
		}
		if slices.Contains(names, name) {
			return nil, fmt.Errorf("the tag %s occurs twice", name)
		}
		names, rest = append(names, name), value[len(quoted):]
	}
	return names, nil
}
