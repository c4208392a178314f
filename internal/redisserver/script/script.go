// Package script runs the Lua scripts of Redis. A script ends with its context,
// reaches neither files nor the program around it, and may use Redis' libraries
// cjson and bit.
package script

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// maxSource bounds the length of a script. The compiler calls itself for each
// level of nesting, and a stack of Go that is full ends the process.
const maxSource = 64 << 10

// chunk is the name of a script in its error messages.
const chunk = "user_script"

// Script is a compiled script.
type Script struct {
	SHA string
	// ReadOnly says that the script's first line has the flag no-writes.
	ReadOnly bool

	proto *lua.FunctionProto
}

// SHA returns the name of a script, the SHA-1 of its source in hexadecimal.
func SHA(source string) string {
	sum := sha1.Sum([]byte(source))
	return hex.EncodeToString(sum[:])
}

// Compile compiles a script.
func Compile(source string) (s *Script, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("ERR Error compiling script (new function): %v", p)
		}
	}()
	if len(source) > maxSource {
		return nil, fmt.Errorf("ERR the embedded Redis takes scripts of up to %d bytes", maxSource)
	}
	s = &Script{SHA: SHA(source)}
	if strings.HasPrefix(source, "#!") {
		first, rest, _ := strings.Cut(source, "\n")
		if source = "\n" + rest; !strings.HasPrefix(first, "#!lua") {
			return nil, fmt.Errorf("ERR Could not find scripting engine '%s'", strings.TrimPrefix(first, "#!"))
		}
		s.ReadOnly = strings.Contains(first, "no-writes")
	}
	tree, err := parse.Parse(strings.NewReader(source), chunk)
	if err == nil {
		s.proto, err = lua.Compile(tree, chunk)
	}
	if err != nil {
		return nil, fmt.Errorf("ERR Error compiling script (new function): %s", strings.TrimSpace(err.Error()))
	}
	return s, nil
}

// Call runs a command for a script, which speaks a version of the protocol.
type Call func(args []string, version int) resp.Value

// Input is what a script works with.
type Input struct {
	Keys, Args []string
	Call       Call
}

// Run runs the script until it ends or ctx does. It returns the script's reply,
// or the error that ended it.
func (s *Script) Run(ctx context.Context, in Input) (reply resp.Value) {
	defer func() {
		if p := recover(); p != nil {
			reply = resp.Err(fmt.Sprintf("ERR Error running script: %v", p))
		}
	}()
	state := lua.NewState(lua.Options{
		SkipOpenLibs: true, CallStackSize: 1024, MinimizeStackMemory: true, RegistryMaxSize: 1 << 16,
	})
	defer state.Close()
	state.SetContext(ctx)
	openLibraries(state)
	r := &redisLibrary{sha: s.SHA, call: in.Call, version: 2}
	r.open(state)
	state.SetGlobal("KEYS", list(state, in.Keys))
	state.SetGlobal("ARGV", list(state, in.Args))
	protectGlobals(state)

	state.Push(state.NewFunctionFromProto(s.proto))
	if err := state.PCall(0, 1, nil); err != nil {
		return s.failure(ctx, err)
	}
	return toReply(state.Get(-1), r.version, 0)
}

var place = regexp.MustCompile(`^` + chunk + `:(\d+): `)

// failure returns the reply to a script that ended with an error.
func (s *Script) failure(ctx context.Context, err error) resp.Value {
	if cause := context.Cause(ctx); cause != nil {
		return resp.Err(cause.Error())
	}
	thrown := lua.LValue(lua.LString(err.Error()))
	if failed := (*lua.ApiError)(nil); errors.As(err, &failed) && failed.Object != nil && failed.Object != lua.LNil {
		thrown = failed.Object
	}
	text, line := thrown.String(), "1"
	if t, ok := thrown.(*lua.LTable); ok {
		text = t.RawGetString("err").String()
		if l := t.RawGetString("line"); l != lua.LNil {
			line = l.String()
		}
	} else {
		if at := place.FindStringSubmatch(text); at != nil {
			line = at[1]
		}
		text = "ERR " + text
	}
	return resp.Err(fmt.Sprintf("%s script: %s, on @%s:%s.", text, s.SHA, chunk, line))
}
