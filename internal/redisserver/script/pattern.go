package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

const (
	// maxCaptures and maxNesting are those of Lua.
	maxCaptures = 32
	maxNesting  = 200
	// stepsPerCheck is how often a match looks whether its context has ended.
	stepsPerCheck = 1 << 12
)

// The lengths of captures that are not texts (yet).
const (
	captureOpen     = -1
	capturePosition = -2
)

// matcher matches a pattern of Lua 5.1, as lstrlib.c does. The matcher of
// gopher-lua heeds no context, and calls itself for each byte.
type matcher struct {
	l        *lua.LState
	src, pat string
	level    int
	captures [maxCaptures]struct{ start, length int }
	depth    int
	steps    int
}

// at matches at an index of the source. It returns the end of the match, or -1.
func (m *matcher) at(s, p int) int {
	m.level, m.depth = 0, 0
	return m.match(s, p)
}

func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > maxNesting {
		m.l.RaiseError("pattern too complex")
	}
	defer func() { m.depth-- }()
	for p < len(m.pat) {
		m.step()
		next, end, decided := m.special(s, p)
		if decided {
			return end
		}
		if next > 0 {
			if s, p = end, next; s < 0 {
				return -1
			}
			continue
		}
		after := m.classEnd(p)
		single := m.single(s, p, after)
		operator := byte(0)
		if after < len(m.pat) {
			operator = m.pat[after]
		}
		switch operator {
		case '?':
			if single {
				if end := m.match(s+1, after+1); end >= 0 {
					return end
				}
			}
			p = after + 1
		case '+':
			if !single {
				return -1
			}
			return m.most(s, p, after, 1)
		case '*':
			return m.most(s, p, after, 0)
		case '-':
			return m.fewest(s, p, after)
		default:
			if !single {
				return -1
			}
			s, p = s+1, after
		}
	}
	return s
}

// special matches an element that is no class. It returns the result of the
// whole match, or else the index of the next element and the end of this one;
// next is 0 for a class.
func (m *matcher) special(s, p int) (next, end int, decided bool) {
	following := byte(0)
	if p+1 < len(m.pat) {
		following = m.pat[p+1]
	}
	switch c := m.pat[p]; {
	case c == '(' && following == ')':
		return 0, m.open(s, p+2, capturePosition), true
	case c == '(':
		return 0, m.open(s, p+1, captureOpen), true
	case c == ')':
		return 0, m.close(s, p+1), true
	case c == '$' && p+1 == len(m.pat):
		if s == len(m.src) {
			return 0, s, true
		}
		return 0, -1, true
	case c == '%' && following == 'b':
		return p + 4, m.balance(s, p+2), false
	case c == '%' && following == 'f':
		after := m.frontier(s, p+2)
		if after < 0 {
			return 0, -1, true
		}
		return after, s, false
	case c == '%' && following >= '0' && following <= '9':
		return p + 2, m.back(s, following), false
	}
	return 0, 0, false
}

// step looks whether the script has been ended, from time to time.
func (m *matcher) step() {
	if m.steps++; m.steps%stepsPerCheck != 0 {
		return
	}
	if ctx := m.l.Context(); ctx != nil && ctx.Err() != nil {
		m.l.RaiseError("%s", ctx.Err().Error())
	}
}

func (m *matcher) most(s, p, after, least int) int {
	n := 0
	for m.single(s+n, p, after) {
		n++
		m.step()
	}
	for ; n >= least; n-- {
		m.step()
		if end := m.match(s+n, after+1); end >= 0 {
			return end
		}
	}
	return -1
}

func (m *matcher) fewest(s, p, after int) int {
	for {
		m.step()
		if end := m.match(s, after+1); end >= 0 {
			return end
		}
		if !m.single(s, p, after) {
			return -1
		}
		s++
	}
}

func (m *matcher) open(s, p, length int) int {
	if m.level == maxCaptures {
		m.l.RaiseError("too many captures")
	}
	m.captures[m.level].start, m.captures[m.level].length = s, length
	m.level++
	end := m.match(s, p)
	if end < 0 {
		m.level--
	}
	return end
}

func (m *matcher) close(s, p int) int {
	for i := m.level - 1; i >= 0; i-- {
		if m.captures[i].length != captureOpen {
			continue
		}
		m.captures[i].length = s - m.captures[i].start
		end := m.match(s, p)
		if end < 0 {
			m.captures[i].length = captureOpen
		}
		return end
	}
	m.l.RaiseError("invalid pattern capture")
	return -1
}

func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.l.RaiseError("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	depth := 1
	for i := s + 1; i < len(m.src); i++ {
		m.step()
		switch m.src[i] {
		case m.pat[p+1]:
			if depth--; depth == 0 {
				return i + 1
			}
		case m.pat[p]:
			depth++
		}
	}
	return -1
}

// frontier returns the index after the class of %f, or -1 without a frontier.
func (m *matcher) frontier(s, p int) int {
	if p >= len(m.pat) || m.pat[p] != '[' {
		m.l.RaiseError("missing '[' after '%%f' in pattern")
	}
	after := m.classEnd(p)
	before, here := byte(0), byte(0)
	if s > 0 {
		before = m.src[s-1]
	}
	if s < len(m.src) {
		here = m.src[s]
	}
	if inSet(m.pat, before, p, after-1) || !inSet(m.pat, here, p, after-1) {
		return -1
	}
	return after
}

func (m *matcher) back(s int, digit byte) int {
	i := int(digit - '1')
	if i < 0 || i >= m.level || m.captures[i].length == captureOpen {
		m.l.RaiseError("invalid capture index")
	}
	c := m.captures[i]
	if c.length < 0 || !strings.HasPrefix(m.src[s:], m.src[c.start:c.start+c.length]) {
		return -1
	}
	return s + c.length
}

// classEnd returns the index after the class that begins at p.
func (m *matcher) classEnd(p int) int {
	switch m.pat[p] {
	case '%':
		if p+1 == len(m.pat) {
			m.l.RaiseError("malformed pattern (ends with '%%')")
		}
		return p + 2
	case '[':
		p++
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; ; first = false {
			if p >= len(m.pat) {
				m.l.RaiseError("malformed pattern (missing ']')")
			}
			if m.pat[p] == ']' && !first {
				return p + 1
			}
			if m.pat[p] == '%' {
				p++
			}
			p++
		}
	}
	return p + 1
}

// single reports whether the byte at s is of the class.
func (m *matcher) single(s, p, after int) bool {
	if s >= len(m.src) {
		return false
	}
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return isClass(c, m.pat[p+1])
	case '[':
		return inSet(m.pat, c, p, after-1)
	}
	return m.pat[p] == c
}

// value returns a capture. Without captures the first one is the whole match.
func (m *matcher) value(i, start, end int) lua.LValue {
	if i >= m.level {
		if i != 0 {
			m.l.RaiseError("invalid capture index")
		}
		return lua.LString(m.src[start:end])
	}
	c := m.captures[i]
	switch c.length {
	case capturePosition:
		return lua.LNumber(c.start + 1)
	case captureOpen:
		m.l.RaiseError("unfinished capture")
	}
	return lua.LString(m.src[c.start : c.start+c.length])
}

// values returns all captures, or the whole match where there are none.
func (m *matcher) values(start, end int) []lua.LValue {
	all := make([]lua.LValue, max(m.level, 1))
	for i := range all {
		all[i] = m.value(i, start, end)
	}
	return all
}
