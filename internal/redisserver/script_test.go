package redisserver_test

import (
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/slow"
)

func TestScripts(t *testing.T) {
	w := dial(t, start(t).Addr())
	for _, c := range []struct{ source, want string }{
		{`return {1, 2.9, "x", true, false, nil, 3}`, `[1 2 "x" 1 nil]`},
		{`return redis.status_reply("FINE")`, "FINE"},
		{`return redis.error_reply("BAD thing")`, "(BAD thing)"},
		{`return redis.call("SET", KEYS[1], ARGV[1])`, "OK"},
		{`return redis.call("GET", KEYS[1])`, `"arg"`},
		{`return redis.call("GET", "nothing") == false`, "1"},
		{`return redis.pcall("INCR", KEYS[1]).err`, `"ERR value is not an integer or out of range"`},
		{`return {redis.call("HSET", "h", "f", 1), redis.call("HGETALL", "h")}`, `[1 ["f" "1"]]`},
		{`return cjson.encode({a = {1, 2, "x/y"}, })`, `"{\"a\":[1,2,\"x\\/y\"]}"`},
		{`local v = cjson.decode('{"a":[1,{"b":null}],"c":"\\u00e9"}') return {v.a[1], tostring(v.a[2].b == cjson.null), v.c}`, `[1 "true" "é"]`},
		{`return {bit.band(6, 3), bit.bor(6, 3), bit.bxor(6, 3), bit.lshift(1, 31), bit.tohex(255)}`, `[2 7 5 -2147483648 "000000ff"]`},
		{`return redis.sha1hex("")`, `"da39a3ee5e6b4b0d3255bfef95601890afd80709"`},
		{`local t = {} for word in string.gmatch("one two", "%a+") do table.insert(t, word) end return t`, `["one" "two"]`},
		{`return (string.gsub("abc", "b", {b = "B"}))`, `"aBc"`},
		{`return {string.find("hello world", "o w"), string.find("a.b", ".", 2, true), string.find("abc", "b()")}`, `[5 2 2 2 3]`},
		{`return {string.match("key=value", "^(%w+)=(%w*)$")}`, `["key" "value"]`},
		{`return {string.match("  x y ", "^%s*(.-)%s*$"), string.match("f(a(b)c)d", "%b()"), string.match("THE (q) fox", "%f[%a]%a+%f[%A]", 5)}`, `["x y" "(a(b)c)" "q"]`},
		{`return {string.gsub("hello", "l+", "<%0>")}`, `["he<ll>o" 1]`},
		{`return {string.gsub("abc", "%w", "%0%0", 2)}`, `["aabbc" 2]`},
		{`return {string.gsub("abc", "", "-")}`, `["-a-b-c-" 4]`},
		{`return {string.gsub("x = 1", "(%w+) = (%w+)", function(a, b) return b .. a end)}`, `["1x" 1]`},
		{`return {string.match("aa", "(a)%1"), string.match("]", "[]]"), string.match("-", "[a-]"), string.match("b", "[^a]"), string.match("2026", "%d%d-%d*")}`, `["a" "]" "-" "b" "2026"]`},
		{`return {("x"):rep(3), ("%d"):format(7), ("a,b"):find(",")}`, `["xxx" "7" 2 2]`},
		{`redis.setresp(3) return redis.call("HGETALL", "h").map.f`, `"1"`},
		{`return {type(os.clock()), type(print), type(dofile), type(require)}`, ""},
	} {
		if c.want != "" {
			w.want(c.want, "EVAL", c.source, "1", "key", "arg")
		}
	}
	for source, want := range map[string]string{
		`x = 1`:                         "Attempt to modify a readonly table",
		`return y`:                      "nonexistent global variable 'y'",
		`return dofile("/etc/passwd")`:  "nonexistent global variable 'dofile'",
		`return require("os")`:          "nonexistent global variable 'require'",
		`return redis.call("NOPE")`:     "unknown command 'NOPE'",
		`return redis.call("WATCH", 1)`: "not allowed from script",
		`redis.call("INCR", KEYS[1])`:   "ERR value is not an integer or out of range script: ",
		`error("text")`:                 "ERR user_script:1: text script: ",
		`syntax error`:                  "Error compiling script",
	} {
		if got := w.do("EVAL", source, "1", "key"); !got.IsError() || !strings.Contains(got.Text, want) {
			t.Errorf("%s: got %s, want an error with %q", source, show(got), want)
		}
	}
	if got := show(w.do("EVAL_RO", `return redis.call("SET", "a", "b")`, "0")); !strings.Contains(got, "not allowed from read-only") {
		t.Errorf("EVAL_RO: got %s", got)
	}
}

// Redis' clock stands still in a script.
func TestScriptHasOneTime(t *testing.T) {
	w := dial(t, start(t).Addr())
	w.want("1", "EVAL", `local a = redis.call("TIME") for i = 1, 100000 do end local b = redis.call("TIME") return a[1] == b[1] and a[2] == b[2]`, "0")
}

func TestScriptWithoutEnd(t *testing.T) {
	for name, source := range map[string]string{
		"loop":     `while true do end`,
		"pcall":    `while true do pcall(function() while true do end end) end`,
		"commands": `while true do redis.pcall("INCR", "n") end`,
		"pattern":  `return string.find(("a"):rep(3000), ("a-"):rep(30) .. "b")`,
		"strings":  `local s = "x" while true do s = s .. "x" end`,
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			w, other := dial(t, s.Addr()), dial(t, s.Addr())
			w.want("OK", "CONFIG", "SET", "busy-reply-threshold", "20")
			w.request("EVAL", source, "0")
			for other.do("GET", "k").Text != "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE." {
			}
			other.want("OK", "SCRIPT", "KILL")
			if got := w.receive(); !strings.Contains(got.Text, "Script killed by user") {
				t.Errorf("the script's reply is %s", show(got))
			}
			w.want("PONG", "PING")
			other.want("(NOTBUSY No scripts in execution right now.)", "SCRIPT", "KILL")
		})
	}
}

// Close ends a script that runs.
func TestCloseEndsScript(t *testing.T) {
	s := start(t)
	w := dial(t, s.Addr())
	w.do("CONFIG", "SET", "busy-reply-threshold", "20")
	w.request("EVAL", `while true do end`, "0")
	other := dial(t, s.Addr())
	for !strings.HasPrefix(other.do("PING").Text, "BUSY") {
	}
	s.Close()
}

// None of these ends the process or takes gigabytes.
func TestScriptsOfExcess(t *testing.T) {
	slow.Skip(t, "it runs long scripts")
	w := dial(t, start(t).Addr())
	w.want("OK", "CONFIG", "SET", "embedded-script-memory", "16000000")
	deep := func(open, inside, end string, n int) string {
		return strings.Repeat(open, n) + inside + strings.Repeat(end, n)
	}
	for name, source := range map[string]string{
		"long":          "return 1 " + strings.Repeat(" ", 1<<20),
		"minuses":       "return " + deep("- ", "1", "", 20_000),
		"nots":          "return " + deep("not ", "1", "", 15_000),
		"parentheses":   "return " + deep("(", "1", ")", 20_000),
		"tables":        "return " + deep("{", "1", "}", 20_000),
		"functions":     deep("return function() ", "", " end", 5_000),
		"ifs":           deep("if true then ", "", " end ", 7_000),
		"concatenation": "return " + deep("'a'..", "'b'", "", 12_000),
		"power":         "return " + deep("1^", "1", "", 20_000),
		"recursion":     `local function f() return 1 + f() end return f()`,
		"pcalls":        `local function f() return pcall(f) end return f()`,
		"coroutines":    `local function f() return coroutine.wrap(f)() end return f()`,
		"metatables":    `local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x`,
		"index":         `local t = {} for i = 1, 200000 do t = setmetatable({}, {__index = t}) end return t.x`,
		"tostring":      `local t = setmetatable({}, {}) getmetatable(t).__tostring = function(x) return tostring(x) end return tostring(t)`,
		"deep reply":    `local t = {} for i = 1, 200000 do t = {t} end return t`,
		"own reply":     `local t = {} t[1] = t return t`,
		"deep json":     `local t = {} for i = 1, 500000 do t = {t} end return cjson.encode(t)`,
		"own json":      `local t = {} t.t = t return cjson.encode(t)`,
		"read json":     `return cjson.decode(("["):rep(5000000))`,
		"rep":           `return ("x"):rep(9007199254740992)`,
		"rep of rep":    `local s = ("x"):rep(60000000) return s:rep(1000)`,
		"concat":        `local s, t = ("x"):rep(60000000), {} for i = 1, 1000 do t[i] = s end return table.concat(t)`,
		"format":        `local s = ("x"):rep(60000000) return string.format("%s%s%s%s", s, s, s, s)`,
		"gsub":          `return (("a"):rep(100000):gsub("a", ("x"):rep(60000000)))`,
		"match":         `return ("a"):rep(2000000):match("^.*b")`,
		"matched":       `return ("a"):rep(260000):match("^" .. ("a?"):rep(1000))`,
		"doubling":      `local s = "x" while true do s = s .. s end`,
		"table":         `local t = {} while true do t[#t + 1] = {} end`,
		"unpack":        `return {unpack({}, 1, 100000000)}`,
		"error":         `error(setmetatable({}, {__tostring = function() error("x") end}))`,
		"nil error":     `error(nil)`,
		"error table":   `error({err = {}})`,
		"sort":          `local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function() return true end) return 1`,
		"setfenv":       `setfenv(1, {}) return redis`,
		"globals":       `setmetatable(_G, nil) redis = nil return 1`,
	} {
		t.Run(name, func(t *testing.T) {
			w.do("EVAL", source, "0")
			w.want("OK", "EVAL", `return redis.call("SET", "k", "v")`, "0")
		})
	}
}
