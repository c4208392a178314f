// Package eventually waits in tests for what another goroutine or process brings about.
package eventually

import (
	"testing"
	"time"
)

// Limit is how long [True] and [Nil] wait. It is generous because a condition that
// holds ends the wait at once.
const Limit = 30 * time.Second

// The pause between two looks doubles from the first of these to the second.
const (
	firstPause = time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// True waits until holds returns true. The test fails, with what in its message, when
// that does not happen within [Limit], or before the test's context ends.
func True(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	if !wait(tb, holds) {
		tb.Fatalf("waited in vain: %s", what)
	}
}

// Nil waits until check returns nil. The test fails, with the last error in its
// message, when that does not happen within [Limit], or before the test's context ends.
func Nil(tb testing.TB, check func() error) {
	tb.Helper()
	var err error
	if !wait(tb, func() bool { err = check(); return err == nil }) {
		tb.Fatalf("waited in vain, in the end: %v", err)
	}
}

// wait reports whether holds has returned true in time. The first look comes at once.
func wait(tb testing.TB, holds func() bool) bool {
	limit := time.NewTimer(Limit)
	defer limit.Stop()
	for pause := firstPause; !holds(); pause = min(2*pause, lastPause) {
		select {
		case <-time.After(pause):
		case <-limit.C:
			return false
		case <-tb.Context().Done():
			return false
		}
	}
	return true
}
