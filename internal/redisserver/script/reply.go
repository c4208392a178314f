package script

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// maxDepth bounds how deep the tables of a reply may nest.
const maxDepth = 100

// toReply converts what a script returns, which has chosen the version of the
// protocol.
func toReply(v lua.LValue, version, depth int) resp.Value {
	if depth > maxDepth {
		return resp.Err("ERR reached lua stack limit")
	}
	switch v := v.(type) {
	case lua.LString:
		return resp.Of(string(v))
	case lua.LNumber:
		return resp.Number(integer(float64(v)))
	case lua.LBool:
		switch {
		case version >= 3:
			return resp.Value{Kind: resp.Bool, Number: map[lua.LBool]int64{true: 1}[v]}
		case bool(v):
			return resp.Count(1)
		}
	case *lua.LTable:
		return tableReply(v, version, depth)
	}
	return resp.Nil()
}

func tableReply(t *lua.LTable, version, depth int) resp.Value {
	if text, ok := t.RawGetString("err").(lua.LString); ok {
		return resp.Err(string(text))
	}
	if text, ok := t.RawGetString("ok").(lua.LString); ok {
		return resp.Simple(string(text))
	}
	if n, ok := t.RawGetString("double").(lua.LNumber); ok {
		return resp.Value{Kind: resp.Double, Text: strconv.FormatFloat(float64(n), 'g', 17, 64)}
	}
	if m, ok := t.RawGetString("map").(*lua.LTable); ok {
		v := resp.Value{Kind: resp.Map}
		for key, item := m.Next(lua.LNil); key != lua.LNil; key, item = m.Next(key) {
			v.Items = append(v.Items, toReply(key, version, depth+1), toReply(item, version, depth+1))
		}
		return v
	}
	if m, ok := t.RawGetString("set").(*lua.LTable); ok {
		v := resp.Value{Kind: resp.Set}
		for key, _ := m.Next(lua.LNil); key != lua.LNil; key, _ = m.Next(key) {
			v.Items = append(v.Items, toReply(key, version, depth+1))
		}
		return v
	}
	v := resp.List()
	for i := 1; ; i++ {
		item := t.RawGetInt(i)
		if item == lua.LNil {
			return v
		}
		v.Items = append(v.Items, toReply(item, version, depth+1))
	}
}

// integer cuts a number to an integer, as a conversion in C does.
func integer(n float64) int64 {
	switch {
	case n != n || n >= math.MaxInt64 || n <= math.MinInt64:
		return math.MinInt64
	}
	return int64(n)
}

func parseFloat(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return n
}
