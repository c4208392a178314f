package input

import (
	"fmt"
	"reflect"
	"time"

	"github.com/keryx-go/keryx/internal/input/format"
)

// timeFormats parse the formats that a time may have.
var timeFormats = map[string]func(string) (time.Time, bool){
	"date-time": format.DateTime, "date": format.Date, "time": format.Time,
}

// timePart returns the part for a time: RFC 3339, or the format in the tag, which is
// date or time.
func timePart(r *rules) (part, error) {
	name := r.formatName()
	if name == "" {
		name = "date-time"
	}
	parse := timeFormats[name]
	if parse == nil {
		return part{}, fmt.Errorf("the format of a time is date-time, date or time, not %q", name)
	}
	f, _ := format.Find(name)
	message := "must be " + f.Expected
	bind := func(w *walk, raw any, dst reflect.Value) {
		if t, ok := raw.(time.Time); ok {
			*dst.Addr().Interface().(*time.Time) = t
			return
		}
		v, ok := w.text(raw)
		if !ok {
			return
		}
		t, ok := parse(v)
		if !ok {
			w.fail(raw, message)
			return
		}
		*dst.Addr().Interface().(*time.Time) = t
	}
	return part{bind: bind, typ: "string", format: name, rules: []string{"format"}, schema: describeTime(name)}, nil
}

func bindDuration(w *walk, raw any, dst reflect.Value) {
	if d, ok := raw.(time.Duration); ok {
		dst.SetInt(int64(d))
		return
	}
	v, ok := w.text(raw)
	if !ok {
		return
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		w.fail(raw, "must be a duration such as 90s, 1h30m or 250ms")
		return
	}
	dst.SetInt(int64(d))
}
