package script

import (
	"fmt"
	"math/bits"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// bitFunctions returns the library bit of LuaJIT, on 32 bits.
func bitFunctions() map[string]lua.LGFunction {
	return map[string]lua.LGFunction{
		"tobit":   one(func(a uint32) uint32 { return a }),
		"bnot":    one(func(a uint32) uint32 { return ^a }),
		"bswap":   one(bits.ReverseBytes32),
		"band":    all(func(a, b uint32) uint32 { return a & b }),
		"bor":     all(func(a, b uint32) uint32 { return a | b }),
		"bxor":    all(func(a, b uint32) uint32 { return a ^ b }),
		"lshift":  shift(func(a uint32, n int) uint32 { return a << n }),
		"rshift":  shift(func(a uint32, n int) uint32 { return a >> n }),
		"arshift": shift(func(a uint32, n int) uint32 { return uint32(int32(a) >> n) }),
		"rol":     shift(bits.RotateLeft32),
		"ror":     shift(func(a uint32, n int) uint32 { return bits.RotateLeft32(a, -n) }),
		"tohex":   toHex,
	}
}

func word(l *lua.LState, i int) uint32 { return uint32(integer(float64(l.CheckNumber(i)))) }

func push(l *lua.LState, n uint32) int {
	l.Push(lua.LNumber(int32(n)))
	return 1
}

func one(f func(uint32) uint32) lua.LGFunction {
	return func(l *lua.LState) int { return push(l, f(word(l, 1))) }
}

func all(f func(a, b uint32) uint32) lua.LGFunction {
	return func(l *lua.LState) int {
		n := word(l, 1)
		for i := 2; i <= l.GetTop(); i++ {
			n = f(n, word(l, i))
		}
		return push(l, n)
	}
}

func shift(f func(uint32, int) uint32) lua.LGFunction {
	return func(l *lua.LState) int { return push(l, f(word(l, 1), int(word(l, 2)&31))) }
}

func toHex(l *lua.LState) int {
	digits := l.OptInt(2, 8)
	format := "%08x"
	if digits < 0 {
		format, digits = strings.ToUpper(format), -digits
	}
	text := fmt.Sprintf(format, word(l, 1))
	l.Push(lua.LString(text[len(text)-min(max(digits, 0), 8):]))
	return 1
}
