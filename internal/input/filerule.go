package input

import (
	"errors"
	"fmt"
	"math"
	"mime"
	"reflect"
	"strconv"
	"strings"
)

// fileRule has the rules of the tags maxSize and contentType.
type fileRule struct {
	size    string // the text of the tag
	maxSize int64  // in bytes; 0: any
	types   []string
	list    bool // the field is a list of files
}

// fileRules reads the tags. It returns nil when there are none.
func fileRules(tag reflect.StructTag, p part) (*fileRule, error) {
	size, sized := tag.Lookup("maxSize")
	types, typed := tag.Lookup("contentType")
	switch {
	case !sized && !typed:
		return nil, nil
	case !p.isFile() && !p.raw:
		return nil, errors.New("the tags maxSize and contentType have an effect on files and on RawBody only")
	}
	rule := &fileRule{size: size, list: p.typ == "array"}
	var err error
	if sized {
		if rule.maxSize, err = parseSize(size); err != nil {
			return nil, err
		}
	}
	if typed {
		rule.types, err = parseTypes(types)
	}
	return rule, err
}

// bound returns a binder that checks the files after bind.
func (r *fileRule) bound(bind binder) binder {
	return func(w *walk, raw any, dst reflect.Value) {
		before := len(w.errs)
		bind(w, raw, dst)
		if len(w.errs) > before {
			return
		}
		if size := rawBodySize(raw); r.maxSize > 0 && size > r.maxSize {
			w.fail(describeRaw(raw), "must be at most "+r.size)
		}
		n, at, _ := elements(raw)
		for i := range n {
			f, ok := at(i).(File)
			if !ok {
				continue
			}
			if !r.list {
				r.check(w, f)
				continue
			}
			back := w.enterIndex(i)
			r.check(w, f)
			w.leave(back)
		}
	}
}

func (r *fileRule) check(w *walk, f File) {
	if r.maxSize > 0 && f.Size > r.maxSize {
		w.fail(f, "must be at most "+r.size)
	}
	if len(r.types) > 0 && !allowsType(r.types, f.Type) {
		w.fail(f, "must be of type "+strings.Join(r.types, " or "))
	}
}

// allowsType reports whether the media type in the request is one of types.
func allowsType(types []string, claimed string) bool {
	mediaType, _, err := mime.ParseMediaType(claimed)
	if err != nil {
		return false
	}
	for _, t := range types {
		family, any := strings.CutSuffix(t, "*")
		if mediaType == t || any && strings.HasPrefix(mediaType, family) {
			return true
		}
	}
	return false
}

func parseTypes(list string) ([]string, error) {
	var types []string
	for t := range strings.SplitSeq(list, ",") {
		t = strings.ToLower(strings.TrimSpace(t))
		family, rest, _ := strings.Cut(t, "/")
		if mediaType, _, err := mime.ParseMediaType(t); err != nil || mediaType != t || family == "*" || rest == "" {
			return nil, fmt.Errorf("the contentType tag is a list of types such as image/png or image/*, not %q", list)
		}
		types = append(types, t)
	}
	return types, nil
}

var units = []struct {
	name string
	size int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

// parseSize parses "500KB", "5MB", "1GiB", or a number of bytes.
func parseSize(text string) (int64, error) {
	for _, unit := range units {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n <= 0 || n > math.MaxInt64/unit.size {
			break
		}
		return n * unit.size, nil
	}
	return 0, fmt.Errorf("the maxSize tag is a size such as 500KB, 5MB or 1MiB, not %q", text)
}
