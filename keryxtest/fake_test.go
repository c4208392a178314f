package keryxtest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// fake is a test that may fail.
type fake struct {
	testing.TB
	failed  bool
	said    strings.Builder
	cleanup []func()
}

func (f *fake) Helper()          {}
func (f *fake) Failed() bool     { return f.failed }
func (f *fake) Cleanup(c func()) { f.cleanup = append(f.cleanup, c) }

func (f *fake) Logf(format string, args ...any) { fmt.Fprintf(&f.said, format+"\n", args...) }

func (f *fake) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }

func (f *fake) Fatalf(format string, args ...any) {
	f.Logf(format, args...)
	f.failed = true
	runtime.Goexit()
}

// fails runs a test and returns what it says when it fails. It is "" when it does not.
func fails(t *testing.T, test func(testing.TB)) string {
	t.Helper()
	f, done := &fake{TB: t}, make(chan struct{})
	go func() {
		defer close(done)
		test(f)
	}()
	<-done
	for i := len(f.cleanup) - 1; i >= 0; i-- {
		f.cleanup[i]()
	}
	if !f.failed {
		return ""
	}
	return f.said.String()
}

// wantFailure wants a test to fail, and to say all of the parts.
func wantFailure(t *testing.T, test func(testing.TB), parts ...string) {
	t.Helper()
	said := fails(t, test)
	if said == "" {
		t.Error("the test does not fail")
	}
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("it says %q, want %q", said, part)
		}
	}
}
