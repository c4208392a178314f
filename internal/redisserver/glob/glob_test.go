package glob_test

import (
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/redisserver/glob"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"?", "", false}, {"a*c", "abbc", true}, {"a*c", "abbd", false},
		{"**a**", "bab", true}, {"?\xff", "a\xff", true}, {"?", "\xff", true}, {"??", "é", true}, {"a\nb*", "a\nbc", true},
		{"[z-a]*", "abc", true}, {"[z-a]", "A", false}, {"[a-c]x", "bx", true}, {"[^a]", "b", true}, {"[^a]", "a", false},
		{"x[^]", "xy", true}, {"x[^]", "x]", true}, {"[]", "]", false}, {"[]", "", false}, {"[", "a", false}, {"[a", "a", true},
		{"[a-", "-", true}, {`[\]]`, "]", true}, {`[a\`, `\`, true}, {`\*`, "*", true}, {`\*`, "a", false}, {`a\`, `a\`, true},
		{"[a]]", "a]", true}, {"*[ab]*", "xxb", true}, {"[[:alpha:]]", "a", false}, {`\d`, "d", true}, {"(a|b)+", "(a|b)+", true},
	} {
		if got := glob.Match(c.pattern, c.text); got != c.want {
			t.Errorf("Match(%q, %q) is %v", c.pattern, c.text, got)
		}
	}
}

// A pattern of many stars takes exponential time in a matcher that tries all.
func TestMatchIsQuick(t *testing.T) {
	if glob.Match(strings.Repeat("a*", 1000)+"b", strings.Repeat("a", 10_000)) {
		t.Error("it matches")
	}
}
