package input

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"reflect"
)

// maxText is the length of the longest text, in bytes, for a type that reads text
// itself, unless its field has a maxLength. It is the length of the longest number, too,
// for a type that reads JSON itself. Some need quadratic time.
const maxText = 64 << 10

// expected are the messages for types of the standard library, whose errors are for
// programmers.
var expected = map[reflect.Type]string{
	reflect.TypeFor[netip.Addr]():     "must be an IP address",
	reflect.TypeFor[netip.AddrPort](): "must be an IP address with a port",
	reflect.TypeFor[netip.Prefix]():   "must be a network such as 192.0.2.0/24",
	reflect.TypeFor[net.IP]():         "must be an IP address",
	reflect.TypeFor[big.Int]():        msgInteger,
	reflect.TypeFor[big.Float]():      msgNumber,
	reflect.TypeFor[big.Rat]():        msgNumber,
}

// unmarshalerPart is the part for a type that unmarshals text. A type that also
// unmarshals JSON gets values other than text as JSON.
func unmarshalerPart(t reflect.Type, r *rules, readsJSON bool) (part, error) {
	s, err := newWords(r)
	long := r == nil || r.length.max == nil
	bind := func(w *walk, raw any, dst reflect.Value) {
		switch raw.(type) {
		case nil, string, Text:
		default:
			if readsJSON {
				bindJSON(w, raw, dst)
				return
			}
		}
		v, ok := w.text(raw)
		if !ok || !s.check(w, v, raw) || long && !w.short(v, raw) {
			return
		}
		if err := dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(v)); err != nil {
			w.refuse(raw, dst.Type(), err)
		}
	}
	return part{
		bind: bind, typ: "string", format: r.formatName(), rules: textRules, schema: describeUnmarshaler(r, readsJSON),
		plain: t.Kind() == reflect.String,
	}, err
}

func bindBytes(w *walk, raw any, dst reflect.Value) {
	if b, ok := raw.([]byte); ok {
		dst.SetBytes(b)
		return
	}
	v, ok := w.text(raw)
	if !ok {
		return
	}
	decoded, err := base64.StdEncoding.DecodeString(v)
	if err != nil {
		w.fail(raw, "must be base64")
		return
	}
	dst.SetBytes(decoded)
}

// bindRaw binds a json.RawMessage. Text that is not JSON counts as a JSON string.
func bindRaw(w *walk, raw any, dst reflect.Value) {
	data, err := json.Marshal(raw)
	if t, ok := raw.(Text); ok {
		v, ok := w.text(t)
		if !ok {
			return
		}
		if data = []byte(v); !json.Valid(data) {
			data, err = json.Marshal(v)
		}
	}
	if err != nil {
		w.fail(raw, "must be JSON")
		return
	}
	dst.SetBytes(data)
}

// bindJSON binds types that unmarshal JSON. Text is a JSON string or, if the type does
// not take that, JSON itself.
func bindJSON(w *walk, raw any, dst reflect.Value) {
	if n, ok := raw.(json.Number); ok && !w.short(string(n), raw) {
		return
	}
	t, isText := raw.(Text)
	if !isText {
		data, err := json.Marshal(raw)
		if err == nil {
			err = json.Unmarshal(data, dst.Addr().Interface())
		}
		if err != nil {
			w.refuse(raw, dst.Type(), err)
		}
		return
	}
	v, ok := w.text(t)
	if !ok {
		return
	}
	quoted, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(quoted, dst.Addr().Interface())
	}
	if err == nil {
		return
	}
	dst.SetZero()
	if data := []byte(v); json.Valid(data) {
		if _, isNumber := parseDecimal(v); isNumber && !w.short(v, raw) {
			return
		}
		err = json.Unmarshal(data, dst.Addr().Interface())
	}
	if err != nil {
		w.refuse(raw, dst.Type(), err)
	}
}

// isForProgrammers reports whether an error is one of package json, which names types of
// Go.
func isForProgrammers(err error) bool {
	var typ *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	return errors.As(err, &typ) || errors.As(err, &syntax)
}
