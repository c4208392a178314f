package cli

import (
	"cmp"
	"slices"
	"strings"
)

// Closest returns at most three candidates that are similar to a typed name, best
// first.
func Closest(typed string, candidates []string) []string {
	type match struct {
		name     string
		distance int
	}
	plainTyped := plain(typed)
	slips := 1 // typing errors that are tolerated
	if len(plainTyped) > 3 {
		slips = 2
	}
	var matches []match
	for _, name := range candidates {
		plainName := plain(name)
		d := distance(plainTyped, plainName)
		if d > slips && (len(plainTyped) < 2 || !strings.HasPrefix(plainName, plainTyped)) {
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

// plain removes common differences: case, and the signs between words.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_:. /", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// distance returns the number of bytes to insert, delete or replace to make b of a
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
