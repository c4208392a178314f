package input

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/keryx-go/keryx/action/schema"
)

// limits are the rules of the list itself, not of its elements.
type limits struct {
	min    int
	max    *int
	unique bool
}

// compileList compiles slices and arrays. Text has one element for each repetition of
// the key.
func compileList(c *compiler, t reflect.Type, s *huma.Schema) (part, error) {
	var rules limits
	var itemRules *huma.Schema
	if s != nil && s.Type == huma.TypeArray {
		rules = limits{max: s.MaxItems, unique: s.UniqueItems}
		if s.MinItems != nil {
			rules.min = *s.MinItems
		}
		itemRules = s.Items
	}
	item, err := c.compile(t.Elem(), itemRules)
	if err != nil {
		return part{}, err
	}
	if item.raw {
		return part{}, errBodyWithin
	}
	hidden := redactList(item.hidden)
	p := part{
		bind: bindList(t, rules, item, hidden), typ: "array", items: item.typ, rules: listRules, hidden: hidden, inner: item.inner,
		null: rules.min <= 0 && (t.Kind() == reflect.Slice || t.Len() == 0), schema: describeList(t, rules, item),
	}
	if item.typ != "array" && item.typ != "object" {
		p.rules = slices.Concat(listRules, item.rules)
	}
	return p, nil
}

func bindList(t reflect.Type, rules limits, item part, hidden redactor) binder {
	return func(w *walk, raw any, dst reflect.Value) {
		n, at, ok := elements(raw)
		switch {
		case !ok:
			w.fail(hidden.show(raw), validation.MsgExpectedArray)
			return
		case t.Kind() == reflect.Array && n != t.Len():
			w.fail(hidden.show(raw), fmt.Sprintf("expected array of length %d", t.Len()))
			return
		case rules.max != nil && n > *rules.max: // before the list is allocated
			w.fail(hidden.show(raw), fmt.Sprintf(validation.MsgExpectedMaxItems, *rules.max))
			return
		case t.Kind() == reflect.Slice && raw != nil:
			dst.Set(reflect.MakeSlice(t, n, n))
		}
		before := len(w.errs)
		for i := range n {
			back := w.enterIndex(i)
			item.bind(w, at(i), dst.Index(i))
			w.leave(back)
		}
		switch {
		case len(w.errs) > before:
		case n < rules.min:
			w.fail(hidden.show(raw), fmt.Sprintf(validation.MsgExpectedMinItems, rules.min))
		case rules.unique && hasTwins(dst, at):
			w.fail(hidden.show(raw), validation.MsgExpectedArrayItemsUnique)
		}
	}
}

// hasTwins reports whether two elements of a bound list are equal. It compares the
// texts of types that read text themselves, because == may not be their equality.
func hasTwins(list reflect.Value, at func(int) any) bool {
	seen := make(map[any]struct{}, list.Len())
	for i := range list.Len() {
		v := list.Index(i)
		for v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		key := plain(at(i))
		if v.CanInt() || v.CanUint() || v.CanFloat() || v.Kind() == reflect.String {
			key = v.Interface()
		}
		if _, twin := seen[key]; twin {
			return true
		}
		seen[key] = struct{}{}
	}
	return false
}

// elements returns the length of a raw list and a function for its elements. Null is an
// empty list, because Go encodes a nil slice as null.
func elements(raw any) (n int, at func(int) any, ok bool) {
	switch v := raw.(type) {
	case nil:
		return 0, nil, true
	case []any:
		return len(v), func(i int) any { return v[i] }, true
	case Text:
		return len(v), func(i int) any { return v[i : i+1] }, true
	case []string:
		return len(v), func(i int) any { return v[i] }, true
	case []File:
		return len(v), func(i int) any { return v[i] }, true
	case File:
		return 1, func(int) any { return v }, true
	}
	return 0, nil, false
}

func describeList(t reflect.Type, rules limits, item part) describer {
	return func(d *schema.Defs) *schema.Schema {
		s := &schema.Schema{Types: schema.Types{"array"}, Items: item.describe(d), MaxItems: clone(rules.max), UniqueItems: rules.unique}
		if rules.min > 0 {
			s.MinItems = clone(&rules.min)
		}
		if t.Kind() == reflect.Array {
			n := t.Len()
			s.MinItems, s.MaxItems = &n, &n
		}
		return s
	}
}

func redactList(item redactor) redactor {
	if item == nil {
		return nil
	}
	return func(raw any) any {
		n, at, ok := elements(raw)
		switch {
		case raw == nil:
			return nil
		case !ok:
			return item(raw)
		}
		out := make([]any, n)
		for i := range out {
			out[i] = item(at(i))
		}
		return out
	}
}
