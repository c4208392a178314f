package script

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const (
	// maxString bounds what one call of a library may build.
	maxString = 64 << 20
	// maxSubject bounds what a pattern is matched against: the matcher calls
	// itself for each byte, and a stack of Go that is full ends the process.
	maxSubject = 256 << 10
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
	bound(l, text, "find", func(l *lua.LState) {
		if !lua.LVAsBool(l.Get(4)) {
			checkSubject(l)
		}
	})
	for _, name := range []string{"match", "gmatch", "gfind"} {
		bound(l, text, name, checkSubject)
	}
	bound(l, text, "gsub", checkReplacement)
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

func checkSubject(l *lua.LState) {
	if len(l.CheckString(1)) > maxSubject {
		l.RaiseError("string too long for a pattern")
	}
}

// checkReplacement bounds what string.gsub may build: each byte of the subject
// may be replaced, and each % in the replacement may stand for all of it.
func checkReplacement(l *lua.LState) {
	checkSubject(l)
	most := 0
	switch with := l.Get(3).(type) {
	case lua.LString:
		subject := len(l.CheckString(1)) + 1
		most = subject*len(with) + subject*strings.Count(string(with), "%")
	case *lua.LTable:
		subject := len(l.CheckString(1)) + 1
		longest := 0
		with.ForEach(func(_, v lua.LValue) { longest = max(longest, len(lua.LVAsString(v))) })
		most = subject * longest
	}
	if most > 16*maxString {
		l.RaiseError("string too long")
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
