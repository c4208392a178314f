package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// redisLibrary is the table redis of one run.
type redisLibrary struct {
	sha     string
	call    Call
	version int // of the protocol of redis.call, set by redis.setresp
}

func (r *redisLibrary) open(l *lua.LState) {
	t := l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{
		"call":               func(l *lua.LState) int { return r.run(l, true) },
		"pcall":              func(l *lua.LState) int { return r.run(l, false) },
		"error_reply":        errorReply,
		"status_reply":       statusReply,
		"sha1hex":            sha1hex,
		"setresp":            r.setVersion,
		"log":                func(*lua.LState) int { return 0 },
		"breakpoint":         func(l *lua.LState) int { l.Push(lua.LFalse); return 1 },
		"debug":              func(*lua.LState) int { return 0 },
		"replicate_commands": func(l *lua.LState) int { l.Push(lua.LTrue); return 1 },
		"set_repl":           func(*lua.LState) int { return 0 },
	})
	for name, n := range map[string]int{
		"LOG_DEBUG": 0, "LOG_VERBOSE": 1, "LOG_NOTICE": 2, "LOG_WARNING": 3,
		"REPL_NONE": 0, "REPL_SLAVE": 1, "REPL_REPLICA": 1, "REPL_AOF": 2, "REPL_ALL": 3, "REDIS_VERSION_NUM": 0x07000f,
	} {
		t.RawSetString(name, lua.LNumber(n))
	}
	t.RawSetString("REDIS_VERSION", lua.LString("7.0.15"))
	l.SetGlobal("redis", t)
	l.SetGlobal("server", t)
}

// run runs a command. An error of the command is thrown, or else returned.
func (r *redisLibrary) run(l *lua.LState, throw bool) int {
	fail := func(text string) int {
		t := errorTable(text)
		t.RawSetString("source", lua.LString("@"+chunk))
		if at := place.FindStringSubmatch(l.Where(1) + " "); at != nil {
			t.RawSetString("line", lua.LString(at[1]))
		}
		if throw {
			l.Error(t, 0)
		}
		l.Push(t)
		return 1
	}
	if l.GetTop() == 0 {
		return fail("ERR Please specify at least one argument for this redis.call()")
	}
	args := make([]string, l.GetTop())
	for i := range args {
		switch a := l.Get(i + 1).(type) {
		case lua.LString, lua.LNumber:
			args[i] = a.String()
		default:
			return fail("ERR Lua redis lib command arguments must be strings or integers")
		}
	}
	reply := r.call(args, r.version)
	if reply.IsError() {
		return fail(reply.Text)
	}
	l.Push(toLua(l, reply, r.version))
	return 1
}

func (r *redisLibrary) setVersion(l *lua.LState) int {
	v := l.CheckInt(1)
	if v != 2 && v != 3 {
		l.RaiseError("RESP version must be 2 or 3.")
	}
	r.version = v
	return 0
}

func errorReply(l *lua.LState) int {
	text, ok := l.Get(1).(lua.LString)
	if !ok || l.GetTop() != 1 {
		l.Push(errorTable("ERR wrong number or type of arguments"))
		return 1
	}
	t := strings.TrimPrefix(string(text), "-")
	if !strings.Contains(t, " ") {
		t = "ERR " + t
	}
	l.Push(errorTable(t))
	return 1
}

func statusReply(l *lua.LState) int {
	text, ok := l.Get(1).(lua.LString)
	if !ok || l.GetTop() != 1 {
		l.Push(errorTable("ERR wrong number or type of arguments"))
		return 1
	}
	t := l.NewTable()
	t.RawSetString("ok", text)
	l.Push(t)
	return 1
}

func sha1hex(l *lua.LState) int {
	if l.GetTop() != 1 {
		l.RaiseError("wrong number of arguments")
	}
	l.Push(lua.LString(SHA(lua.LVAsString(l.Get(1)))))
	return 1
}

func errorTable(text string) *lua.LTable {
	t := &lua.LTable{Metatable: lua.LNil}
	t.RawSetString("err", lua.LString(text))
	return t
}

// toLua converts the reply of a command.
func toLua(l *lua.LState, v resp.Value, version int) lua.LValue {
	switch v.Kind {
	case resp.Int:
		return lua.LNumber(v.Number)
	case resp.Bulk:
		return lua.LString(v.Text)
	case resp.Null:
		if version >= 3 {
			return lua.LNil
		}
		return lua.LFalse
	case resp.Bool:
		return lua.LBool(v.Number != 0)
	case resp.Status:
		return field(l, "ok", lua.LString(v.Text))
	case resp.Error:
		return errorTable(v.Text)
	case resp.Double:
		return field(l, "double", lua.LNumber(parseFloat(v.Text)))
	case resp.Big:
		return field(l, "big_number", lua.LString(v.Text))
	case resp.Map:
		t := l.NewTable()
		for i := 0; i+1 < len(v.Items); i += 2 {
			t.RawSet(toLua(l, v.Items[i], version), toLua(l, v.Items[i+1], version))
		}
		return field(l, "map", t)
	case resp.Set:
		t := l.NewTable()
		for _, item := range v.Items {
			t.RawSet(toLua(l, item, version), lua.LTrue)
		}
		return field(l, "set", t)
	}
	t := l.CreateTable(len(v.Items), 0)
	for i, item := range v.Items {
		t.RawSetInt(i+1, toLua(l, item, version))
	}
	return t
}

func field(l *lua.LState, name string, v lua.LValue) *lua.LTable {
	t := l.NewTable()
	t.RawSetString(name, v)
	return t
}
