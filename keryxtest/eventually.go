package keryxtest

import (
	"fmt"
	"testing"

	"github.com/keryx-go/keryx/internal/eventually"
)

// Eventually waits for what another goroutine or process brings about: until check
// returns true, or nil. It looks again after a pause that grows from 1 to 50 ms. After
// 30 s, or when the test's context ends, the test fails; what, and the last error of
// check, are in the message.
func Eventually[Check func() bool | func() error](tb testing.TB, what string, check Check) {
	tb.Helper()
	switch check := any(check).(type) {
	case func() bool:
		eventually.True(tb, what, check)
	case func() error:
		eventually.Nil(tb, func() error {
			if err := check(); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			return nil
		})
	}
}
