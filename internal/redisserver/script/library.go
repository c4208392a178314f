package script

import (
	"time"

	lua "github.com/yuin/gopher-lua"
)

// openLibraries opens what scripts may use of Lua's libraries. What reads files,
// loads modules or writes to the standard output is left out.
func openLibraries(l *lua.LState) {
	for name, open := range map[string]lua.LGFunction{
		lua.BaseLibName: lua.OpenBase, lua.CoroutineLibName: lua.OpenCoroutine, lua.TabLibName: lua.OpenTable,
		lua.StringLibName: lua.OpenString, lua.MathLibName: lua.OpenMath,
	} {
		l.Push(l.NewFunction(open))
		l.Push(lua.LString(name))
		l.Call(1, 0)
	}
	for _, name := range []string{"dofile", "loadfile", "load", "print", "_printregs", "module", "require", "newproxy"} {
		l.SetGlobal(name, lua.LNil)
	}
	began := time.Now()
	l.SetGlobal("os", l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{
		"clock": func(l *lua.LState) int {
			l.Push(lua.LNumber(time.Since(began).Seconds()))
			return 1
		},
	}))
	l.SetFuncs(l.GetGlobal(lua.StringLibName).(*lua.LTable), patternFunctions())
	boundStrings(l)
	l.SetGlobal("cjson", l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{"encode": jsonEncode, "decode": jsonDecode}))
	l.GetGlobal("cjson").(*lua.LTable).RawSetString("null", jsonNull)
	l.SetGlobal("bit", l.SetFuncs(l.NewTable(), bitFunctions()))
}

// protectGlobals makes a script's misspelt variable an error.
func protectGlobals(l *lua.LState) {
	l.SetMetatable(l.G.Global, l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{
		"__newindex": func(l *lua.LState) int {
			l.RaiseError("Attempt to modify a readonly table")
			return 0
		},
		"__index": func(l *lua.LState) int {
			l.RaiseError("Script attempted to access nonexistent global variable '%s'", l.Get(2).String())
			return 0
		},
	}))
}

func list(l *lua.LState, texts []string) *lua.LTable {
	t := l.CreateTable(len(texts), 0)
	for _, text := range texts {
		t.Append(lua.LString(text))
	}
	return t
}
