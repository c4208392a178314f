package script

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

const (
	// maxString bounds what one call of a library may build.
	maxString = 64 << 20
	// maxResults is how many results a call may have, as in Redis.
	maxResults = 8000
)

// boundStrings replaces the functions that may take any amount of memory in one
// step, in which no context ends them.
func boundStrings(l *lua.LState) {
	text, table := l.GetGlobal(lua.StringLibName).(*lua.LTable), l.GetGlobal(lua.TabLibName).(*lua.LTable)
	bound(l, text, "rep", func(l *lua.LState) {
		if n := l.CheckInt(2); n > 0 && len(l.CheckString(1)) > maxString/n {
			l.RaiseError("string too long")
		}
	})
	bound(l, text, "format", func(l *lua.LState) {
		sum := 0
		for i := range l.GetTop() {
			sum += len(lua.LVAsString(l.Get(i + 1)))
		}
		if sum > maxString {
			l.RaiseError("string too long")
		}
	})
	bound(l, text, "byte", func(l *lua.LState) {
		first := l.OptInt(2, 1)
		checkResults(l, first, l.OptInt(3, first), len(l.CheckString(1)))
	})
	bound(l, l.G.Global, "unpack", func(l *lua.LState) {
		n := l.CheckTable(1).Len()
		checkResults(l, l.OptInt(2, 1), l.OptInt(3, n), math.MaxInt)
	})
	bound(l, table, "concat", checkConcat)
}

// bound has check run before a function of a library.
func bound(l *lua.LState, library *lua.LTable, name string, check func(*lua.LState)) {
	f, ok := library.RawGetString(name).(*lua.LFunction)
	if !ok {
		return
	}
	checked := l.NewFunction(func(l *lua.LState) int {
		check(l)
		return f.GFunction(l)
	})
	checked.Upvalues = f.Upvalues
	library.RawSetString(name, checked)
}

// checkResults bounds how many results a call has. There are at most length.
func checkResults(l *lua.LState, first, last, length int) {
	if length > maxResults && (last < 0 || first < 0 || last-first >= maxResults) {
		l.RaiseError("too many results to unpack")
	}
}

func checkConcat(l *lua.LState) {
	t := l.CheckTable(1)
	sum, between := 0, len(l.OptString(2, ""))
	for i := range t.Len() {
		sum += len(lua.LVAsString(t.RawGetInt(i+1))) + between
		if sum > maxString {
			l.RaiseError("string too long")
		}
	}
}
