package eventually_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/internal/eventually"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a test that fails.
type fake struct {
	testing.TB
	ctx    context.Context
	failed string
}

func (f *fake) Helper()                  {}
func (f *fake) Context() context.Context { return f.ctx }
func (f *fake) Fatalf(format string, args ...any) {
	f.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// run returns how a test fails, "" when it does not, and how long it takes.
func run(t *testing.T, ended bool, test func(testing.TB)) (failed string, took time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if ended {
			cancel()
		}
		f, began, done := &fake{TB: t, ctx: ctx}, time.Now(), make(chan struct{})
		go func() {
			defer close(done)
			test(f)
		}()
		<-done
		failed, took = f.failed, time.Since(began)
	})
	return failed, took
}

func TestConditions(t *testing.T) {
	never := errors.New("not yet")
	for name, test := range map[string]struct {
		ended  bool // the test's context has ended
		test   func(testing.TB)
		failed string
		least  time.Duration
		most   time.Duration
	}{
		"holds at once": {true, func(tb testing.TB) { eventually.True(tb, "x", func() bool { return true }) }, "", 0, 0},
		"holds later": {false, func(tb testing.TB) {
			began := time.Now()
			eventually.True(tb, "x", func() bool { return time.Since(began) >= time.Second })
		}, "", time.Second, 1050 * time.Millisecond},
		"never holds": {false, func(tb testing.TB) {
			eventually.True(tb, "the moon is full", func() bool { return false })
		}, "the moon is full", eventually.Limit, eventually.Limit},
		"the test ends": {true, func(tb testing.TB) {
			eventually.True(tb, "the moon is full", func() bool { return false })
		}, "the moon is full", 0, time.Millisecond},
		"nil at once": {true, func(tb testing.TB) { eventually.Nil(tb, func() error { return nil }) }, "", 0, 0},
		"the last error": {false, func(tb testing.TB) {
			eventually.Nil(tb, func() error { return never })
		}, "in the end: not yet", eventually.Limit, eventually.Limit},
	} {
		t.Run(name, func(t *testing.T) {
			failed, took := run(t, test.ended, test.test)
			if (failed == "") != (test.failed == "") || !strings.Contains(failed, test.failed) || took < test.least || took > test.most {
				t.Errorf("after %v: %q, want %q after %v", took, failed, test.failed, test.least)
			}
		})
	}
}
