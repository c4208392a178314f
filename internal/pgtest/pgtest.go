// Package pgtest starts real Postgres servers for tests: one that all tests of a
// process share, each with its own fresh database, and dedicated ones that a test may
// stop and restart. They listen on a free port of 127.0.0.1, ask for a password, and
// trade safety for speed (fsync is off). They and their files are gone when the test
// binary ends in any way. When tests run as root, the servers run as the user postgres,
// or nobody.
//
// The servers run on copies of one data directory. The first process makes it and keeps
// it in the user's cache for later ones.
//
// When the binaries are neither in the PATH nor in /usr/lib/postgresql/*/bin, a test
// that needs them is skipped. With CI=true in the environment it fails.
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

// Start returns the server that all tests of this process share. The first call starts
// it. [Server.NewDatabase] keeps tests apart.
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
