package script

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// maxJSON is how deep JSON may nest, as in Redis' cjson.
const maxJSON = 1000

// jsonNull is cjson.null.
var jsonNull = &lua.LUserData{Metatable: lua.LNil}

var errJSON = errors.New("excessive nesting")

func jsonEncode(l *lua.LState) int {
	b, err := appendJSON(nil, l.CheckAny(1), 0)
	if err != nil {
		l.RaiseError("Cannot serialise: %s", err.Error())
	}
	l.Push(lua.LString(b))
	return 1
}

func appendJSON(b []byte, v lua.LValue, depth int) ([]byte, error) {
	switch {
	case depth > maxJSON:
		return nil, errJSON
	case len(b) > maxString:
		return nil, errors.New("too long")
	}
	switch v := v.(type) {
	case lua.LBool:
		return strconv.AppendBool(b, bool(v)), nil
	case lua.LNumber:
		n := float64(v)
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, errors.New("must not be NaN or Inf")
		}
		return strconv.AppendFloat(b, n, 'g', 14, 64), nil
	case lua.LString:
		return quoteJSON(b, string(v)), nil
	case *lua.LTable:
		return appendTable(b, v, depth)
	}
	if v == lua.LNil || v == jsonNull {
		return append(b, "null"...), nil
	}
	return nil, errors.New("type not supported")
}

// appendTable writes a table that has the keys 1 to n only as an array, and any
// other one, the empty one too, as an object.
func appendTable(b []byte, t *lua.LTable, depth int) ([]byte, error) {
	var err error
	count, n := 0, t.Len()
	t.ForEach(func(lua.LValue, lua.LValue) { count++ })
	if n > 0 && n == count {
		b = append(b, '[')
		for i := range n {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendJSON(b, t.RawGetInt(i+1), depth+1); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	b = append(b, '{')
	for key, v := t.Next(lua.LNil); key != lua.LNil; key, v = t.Next(key) {
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		switch key.(type) {
		case lua.LString, lua.LNumber:
		default:
			return nil, errors.New("table key must be a number or string")
		}
		b = append(quoteJSON(b, key.String()), ':')
		if b, err = appendJSON(b, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// quoteJSON writes a string, whose bytes may be anything, as cjson does.
func quoteJSON(b []byte, text string) []byte {
	const short = `"\/bfnrt`
	b = append(b, '"')
	for i := range len(text) {
		c := text[i]
		if at := strings.IndexByte("\"\\/\b\f\n\r\t", c); at >= 0 {
			b = append(b, '\\', short[at])
		} else if c < ' ' || c == 0x7f {
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		} else {
			b = append(b, c)
		}
	}
	return append(b, '"')
}

func jsonDecode(l *lua.LState) int {
	d := json.NewDecoder(strings.NewReader(l.CheckString(1)))
	d.UseNumber()
	v, err := readJSON(l, d, 0)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("expected the end")
		}
	}
	if err != nil {
		l.RaiseError("%s", err.Error())
	}
	l.Push(v)
	return 1
}

func readJSON(l *lua.LState, d *json.Decoder, depth int) (lua.LValue, error) {
	if depth > maxJSON {
		return nil, errJSON
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case bool:
		return lua.LBool(t), nil
	case string:
		return lua.LString(t), nil
	case json.Number:
		n, err := t.Float64()
		return lua.LNumber(n), err
	case json.Delim:
		return readTable(l, d, t == '{', depth)
	}
	return jsonNull, nil
}

func readTable(l *lua.LState, d *json.Decoder, object bool, depth int) (lua.LValue, error) {
	t := l.NewTable()
	for n := 1; d.More(); n++ {
		key := lua.LValue(lua.LNumber(n))
		if object {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			key = lua.LString(name.(string))
		}
		v, err := readJSON(l, d, depth+1)
		if err != nil {
			return nil, err
		}
		t.RawSet(key, v)
	}
	_, err := d.Token()
	return t, err
}
