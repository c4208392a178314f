// Package suggest finds what a mistyped name may have meant.
package suggest

import (
	"cmp"
	"slices"
	"strings"
)

// Closest returns at most three candidates that are similar to a typed name, or begin
// with it, best first.
func Closest(typed string, candidates []string) []string {
	type match struct {
		name     string
		distance int
	}
	plainTyped := plain(typed)
	var matches []match
	for _, name := range candidates {
		plainName := plain(name)
		d := distance(plainTyped, plainName)
		if d > slips(plainTyped) && (len(plainTyped) < 2 || !strings.HasPrefix(plainName, plainTyped)) {
			continue
		}
		matches = append(matches, match{name, d})
	}
	slices.SortStableFunc(matches, func(a, b match) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, m := range matches[:min(3, len(matches))] {
		names = append(names, m.name)
	}
	return names
}

// Slip returns the candidate that is the most similar to a typed name, or "" when none
// is only a slip of the finger away.
func Slip(typed string, candidates []string) string {
	best, least := "", slips(plain(typed))+1
	for _, name := range candidates {
		if d := distance(plain(typed), plain(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

// slips returns the number of typing errors that are tolerated in a name.
func slips(name string) int {
	if len(name) > 4 {
		return 2
	}
	return 1
}

// plain removes common differences: case, and the signs between words.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_:. /", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// distance returns the number of bytes to insert, delete, replace or swap with their
// neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			replaced := row[j]
			if a[i] != b[j] {
				replaced++
			}
			next[j+1] = min(replaced, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
