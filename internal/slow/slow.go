// Package slow says in one place which tests "go test -short" leaves out.
package slow

import "testing"

// Skip skips the test under -short, with the reason in its message. A test is slow when
// it starts Postgres, a cluster or a sentinel, builds programs, or takes more than about
// a second. Continuous integration runs all tests.
func Skip(tb testing.TB, why string) {
	tb.Helper()
	if testing.Short() {
		tb.Skip("left out by -short: " + why)
	}
}

// Rounds returns how often a test with random or repeated work does it: all rounds, but
// few under -short.
func Rounds(few, all int) int {
	if testing.Short() {
		return few
	}
	return all
}
