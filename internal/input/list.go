package input

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/keryx-go/keryx/action/schema"
)

// compileList compiles slices and arrays. Text has one element for each repetition of
// the key.
func compileList(c *compiler, t reflect.Type, r *rules) (part, error) {
	var own rules
	if r != nil {
		own = rules{items: r.items, unique: r.unique}
	}
	item, err := c.compile(t.Elem(), r.ofElements())
	switch {
	case err != nil:
		return part{}, err
	case item.raw:
		return part{}, errBodyWithin
	case own.unique && !slices.Contains([]string{"string", "integer", "number", "boolean"}, item.typ):
		return part{}, errors.New("uniqueItems needs a list of strings, numbers or booleans")
	case t.Kind() == reflect.Array && (own.items.min != nil || own.items.max != nil):
		return part{}, fmt.Errorf("the tags minItems and maxItems have no effect on an array, which has %d items", t.Len())
	case t.Kind() == reflect.Array:
		own.items = span{new(t.Len()), new(t.Len())}
	}
	hidden := redactList(item.hidden)
	p := part{
		bind: bindList(t, own, item, hidden), typ: "array", items: item.typ, rules: listRules, hidden: hidden, inner: item.inner,
		schema: describeList(own, item), element: t.Elem(), bindElement: item.bind, shape: shapeOfEach(item),
	}
	if item.typ != "array" && item.typ != "object" {
		p.rules = slices.Concat(listRules, item.rules)
	}
	return p, nil
}

func bindList(t reflect.Type, own rules, item part, hidden redactor) binder {
	sizes := own.items.message("must have", "item")
	return func(w *walk, raw any, dst reflect.Value) {
		n, at, ok := elements(raw)
		switch {
		case !ok:
			w.fail(hidden.show(raw), "must be a list")
			return
		case t.Kind() == reflect.Array && n != t.Len(), own.items.max != nil && n > *own.items.max: // before the list is allocated
			w.fail(hidden.show(raw), sizes)
			return
		case t.Kind() == reflect.Slice:
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
		case !own.items.has(n):
			w.fail(hidden.show(raw), sizes)
		case own.unique && hasTwins(dst, at):
			w.fail(hidden.show(raw), "must not have the same item twice")
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
		if v.Type() == numberType {
			key, _ = parseDecimal(v.String())
		} else if v.CanInt() || v.CanUint() || v.CanFloat() || v.Kind() == reflect.String {
			key = v.Interface()
		}
		if _, twin := seen[key]; twin {
			return true
		}
		seen[key] = struct{}{}
	}
	return false
}

// elements returns the length of a raw list and a function for its elements.
func elements(raw any) (n int, at func(int) any, ok bool) {
	switch v := raw.(type) {
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

func describeList(own rules, item part) describer {
	return func(d *schema.Defs) *schema.Schema {
		return &schema.Schema{
			Types: schema.Types{"array"}, Items: item.describe(d), UniqueItems: own.unique,
			MinItems: clone(own.items.min), MaxItems: clone(own.items.max),
		}
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
