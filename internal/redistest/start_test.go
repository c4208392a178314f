package redistest

import (
	"errors"
	"net"
	"testing"
)

func TestRunOnATakenPort(t *testing.T) {
	need(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := prepare(t)
	s.port = l.Addr().(*net.TCPAddr).Port
	if err := s.run(); !errors.Is(err, errPortTaken) {
		t.Errorf("got %v, want %v", err, errPortTaken)
	}
}

func TestRunWithABadArgument(t *testing.T) {
	need(t)
	s := prepare(t, "--no-such-setting", "1")
	s.port = freePort(t)
	if err := s.run(); err == nil || errors.Is(err, errPortTaken) {
		t.Errorf("got %v, want what the server says", err)
	}
}

func TestStartSkipsWithoutTheBinary(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("CI", "")
	if Available() {
		t.Fatal("Available() is true without a PATH")
	}
	var skipped bool
	t.Run("skipped", func(t *testing.T) {
		defer func() { skipped = t.Skipped() }()
		Start(t)
	})
	if !skipped {
		t.Error("the test is not skipped")
	}
}
