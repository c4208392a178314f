package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// patternFunctions returns string.find and its like.
func patternFunctions() map[string]lua.LGFunction {
	return map[string]lua.LGFunction{
		"find":   func(l *lua.LState) int { return find(l, true) },
		"match":  func(l *lua.LState) int { return find(l, false) },
		"gmatch": matchAll,
		"gfind":  matchAll,
		"gsub":   replace,
	}
}

// find is string.find or string.match.
func find(l *lua.LState, indexes bool) int {
	src, pat, from := l.CheckString(1), l.CheckString(2), l.OptInt(3, 1)
	if from < 0 {
		from += len(src) + 1
	}
	from = min(max(from-1, 0), len(src))
	if indexes && (lua.LVAsBool(l.Get(4)) || !strings.ContainsAny(pat, "^$*+?.([%-")) {
		at := strings.Index(src[from:], pat)
		if at < 0 {
			l.Push(lua.LNil)
			return 1
		}
		l.Push(lua.LNumber(from + at + 1))
		l.Push(lua.LNumber(from + at + len(pat)))
		return 2
	}
	m := &matcher{l: l, src: src, pat: pat}
	start, end := search(m, from)
	if start < 0 {
		l.Push(lua.LNil)
		return 1
	}
	var results []lua.LValue
	if !indexes {
		results = m.values(start, end)
	} else {
		results = []lua.LValue{lua.LNumber(start + 1), lua.LNumber(end)}
		if m.level > 0 {
			results = append(results, m.values(start, end)...)
		}
	}
	for _, r := range results {
		l.Push(r)
	}
	return len(results)
}

// search returns the first match from an index on, or -1.
func search(m *matcher, from int) (start, end int) {
	anchor := strings.HasPrefix(m.pat, "^")
	p := 0
	if anchor {
		p = 1
	}
	for s := from; s <= len(m.src); s++ {
		if end := m.at(s, p); end >= 0 {
			return s, end
		}
		if anchor {
			break
		}
	}
	return -1, -1
}

// matchAll is string.gmatch.
func matchAll(l *lua.LState) int {
	src, pat := l.CheckString(1), l.CheckString(2)
	next := 0
	l.Push(l.NewFunction(func(l *lua.LState) int {
		m := &matcher{l: l, src: src, pat: pat}
		for s := next; s <= len(src); s++ {
			end := m.at(s, 0)
			if end < 0 {
				continue
			}
			if next = end; end == s {
				next++
			}
			values := m.values(s, end)
			for _, v := range values {
				l.Push(v)
			}
			return len(values)
		}
		next = len(src) + 1
		return 0
	}))
	return 1
}

// replace is string.gsub.
func replace(l *lua.LState) int {
	src, pat, with := l.CheckString(1), l.CheckString(2), l.Get(3)
	most := l.OptInt(4, len(src)+1)
	switch with.Type() {
	case lua.LTNumber, lua.LTString, lua.LTTable, lua.LTFunction:
	default:
		l.ArgError(3, "string/function/table expected")
	}
	m := &matcher{l: l, src: src, pat: pat}
	p, anchor := 0, strings.HasPrefix(pat, "^")
	if anchor {
		p = 1
	}
	var b strings.Builder
	s, n := 0, 0
	for n < most {
		end := m.at(s, p)
		if end >= 0 {
			n++
			text := replacement(m, with, s, end)
			if b.Len()+len(text) > maxString {
				l.RaiseError("string too long")
			}
			b.WriteString(text)
		}
		switch {
		case end > s:
			s = end
		case s < len(src):
			b.WriteByte(src[s])
			s++
		default:
			s++
		}
		if s > len(src) || anchor {
			break
		}
	}
	if s < len(src) {
		b.WriteString(src[s:])
	}
	l.Push(lua.LString(b.String()))
	l.Push(lua.LNumber(n))
	return 2
}

// replacement returns what stands for a match. False and nil leave it as it is.
func replacement(m *matcher, with lua.LValue, start, end int) string {
	var v lua.LValue
	switch with := with.(type) {
	case *lua.LTable:
		v = m.l.GetTable(with, m.value(0, start, end))
	case *lua.LFunction:
		m.l.Push(with)
		values := m.values(start, end)
		for _, arg := range values {
			m.l.Push(arg)
		}
		m.l.Call(len(values), 1)
		v = m.l.Get(-1)
		m.l.Pop(1)
	default:
		return expand(m, with.String(), start, end)
	}
	switch v.Type() {
	case lua.LTString, lua.LTNumber:
		return v.String()
	case lua.LTNil:
		return m.src[start:end]
	case lua.LTBool:
		if !lua.LVAsBool(v) {
			return m.src[start:end]
		}
	}
	m.l.RaiseError("invalid replacement value (a %s)", v.Type().String())
	return ""
}

// expand replaces %0 to %9 in a replacement by captures.
func expand(m *matcher, with string, start, end int) string {
	var b strings.Builder
	for {
		text, rest, more := strings.Cut(with, "%")
		b.WriteString(text)
		if !more || rest == "" {
			return b.String()
		}
		switch c := rest[0]; {
		case c == '0':
			b.WriteString(m.src[start:end])
		case c >= '1' && c <= '9':
			b.WriteString(m.value(int(c-'1'), start, end).String())
		default:
			b.WriteByte(c)
		}
		if with = rest[1:]; b.Len() > maxString {
			m.l.RaiseError("string too long")
		}
		m.step()
	}
}
