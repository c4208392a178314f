// Package pgtest starts real Postgres servers for tests: one that all tests of
// a process share, each with a fresh database of its own, and dedicated ones
// that a test may stop and restart. They listen on 127.0.0.1 on a free port,
// ask for a password, trade safety for speed (fsync is off) and are gone, files
// included, when the test binary ends, in whatever way it ends. Where tests
// run as root, the servers run as the user postgres, or nobody.
//
// Where the binaries are missing, from the PATH and from
// /usr/lib/postgresql/*/bin, a test that needs them is skipped, unless the
// environment says CI=true: there it fails.
package pgtest

import (
	"os"
	"sync"
	"testing"
)

// shared is the server of [Start].
var shared = sync.OnceValues(func() (*Server, error) { return launch() })

// Available reports whether this machine can run Postgres.
func Available() bool {
	_, err := findBinaries()
	return err == nil
}

// Start returns the server that all tests of this process share; the first
// call starts it. Tests keep apart by [Server.NewDatabase].
func Start(tb testing.TB) *Server {
	tb.Helper()
	need(tb)
	s, err := shared()
	if err != nil {
		tb.Fatalf("pgtest: start postgres: %v", err)
	}
	return s
}

// NewDatabase returns the postgres:// URL of an empty database on the shared
// server. It is dropped with the test.
func NewDatabase(tb testing.TB) string {
	tb.Helper()
	return Start(tb).NewDatabase(tb)
}

// need skips the test when Postgres is missing, and fails it in CI.
func need(tb testing.TB) {
	tb.Helper()
	if Available() {
		return
	}
	if os.Getenv("CI") == "true" {
		tb.Fatal("pgtest: postgres is not installed, and CI=true demands it")
	}
	tb.Skip("postgres is not installed")
}
