package cache

import "strings"

// Escape returns literal with everything quoted that means something in a glob
// pattern, so that it matches itself and nothing else:
//
//	cache.ForgetPattern(ctx, rdb, "cache:user:"+cache.Escape(name)+":*")
func Escape(literal string) string {
	if !strings.ContainsAny(literal, `*?[]\^-`) {
		return literal
	}
	var b strings.Builder
	b.Grow(len(literal) + 8)
	for i := range len(literal) {
		switch c := literal[i]; c {
		case '\\':
			// As a class, the one form that all matchers agree on: those that
			// translate to regular expressions stumble over "\\E".
			b.WriteString(`[\\]`)
		case '*', '?', '[', ']', '^', '-':
			b.WriteByte('\\')
			fallthrough
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
