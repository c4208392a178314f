package input

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// timePart returns the part for a time: RFC 3339, or the format in the tag, which is
// date or time.
func timePart(s *huma.Schema) (part, error) {
	layout, name, message := time.RFC3339Nano, "date-time", validation.MsgExpectedRFC3339DateTime
	switch format(s) {
	case "", "date-time":
	case "date":
		layout, name, message = time.DateOnly, "date", validation.MsgExpectedRFC3339Date
	case "time":
		layout, name, message = time.TimeOnly, "time", validation.MsgExpectedRFC3339Time
	default:
		return part{}, fmt.Errorf("the format of a time is date-time, date or time, not %q", s.Format)
	}
	bind := func(w *walk, raw any, dst reflect.Value) {
		if t, ok := raw.(time.Time); ok {
			*dst.Addr().Interface().(*time.Time) = t
			return
		}
		v, ok := w.text(raw)
		if !ok {
			return
		}
		t, err := time.Parse(layout, v)
		if err != nil {
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
		w.fail(raw, `expected a duration such as "90s", "1h30m" or "250ms"`)
		return
	}
	dst.SetInt(int64(d))
}

// bindUnmarshaler binds types that unmarshal text. A type that also unmarshals JSON
// gets values other than text as JSON.
func bindUnmarshaler(s *huma.Schema, readsJSON bool) binder {
	return func(w *walk, raw any, dst reflect.Value) {
		switch raw.(type) {
		case nil, string, Text:
		default:
			if readsJSON {
				bindJSON(w, raw, dst)
				return
			}
		}
		v, ok := w.text(raw)
		if !ok || s != nil && !w.check(s, v, raw) {
			return
		}
		if err := dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(v)); err != nil {
			w.refuse(raw, err.Error())
		}
	}
}

func bindBytes(w *walk, raw any, dst reflect.Value) {
	if raw == nil {
		dst.SetZero()
		return
	}
	v, ok := w.text(raw)
	if !ok {
		return
	}
	decoded, err := base64.StdEncoding.DecodeString(v)
	if err != nil {
		w.fail(raw, validation.MsgExpectedBase64String)
		return
	}
	dst.SetBytes(decoded)
}

// bindJSON binds types that unmarshal JSON. Text that is not JSON counts as a JSON
// string.
func bindJSON(w *walk, raw any, dst reflect.Value) {
	var data []byte
	var err error
	if t, ok := raw.(Text); ok {
		v, ok := w.text(t)
		if !ok {
			return
		}
		if data = []byte(v); !json.Valid(data) {
			data, err = json.Marshal(v)
		}
	} else {
		data, err = json.Marshal(raw)
	}
	if err == nil {
		err = json.Unmarshal(data, dst.Addr().Interface())
	}
	if err != nil {
		w.refuse(raw, strings.TrimPrefix(err.Error(), "json: "))
	}
}
