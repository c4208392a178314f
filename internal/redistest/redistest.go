// Package redistest starts real Redis servers for tests: one server, a cluster of three
// masters, or a master with its replica and sentinel, and proxies in front of them.
// Each server listens on a free port of 127.0.0.1, keeps its files in a temporary
// directory and stores nothing on disk. It ends with the test or with the test binary.
// Tests with a cluster or a sentinel are left out by -short.
//
// When the redis-server binary is missing, a test that needs it is skipped. With
// CI=true in the environment it fails.
package redistest

import (
	"os"
	"os/exec"
	"testing"

	"github.com/keryx-go/keryx/internal/redisserver"
)

// binary is the program that every helper runs.
const binary = "redis-server"

// Available reports whether redis-server is installed.
func Available() bool {
	_, err := exec.LookPath(binary)
	return err == nil
}

// Each runs test twice, as the subtests "embedded" and "real", with the
// redis:// URL of an empty server: the embedded Redis of apps for the first,
// redis-server for the second.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		s, err := redisserver.Start("127.0.0.1:0")
		if err != nil {
			t.Fatalf("redistest: start the embedded Redis: %v", err)
		}
		t.Cleanup(s.Close)
		test(t, "redis://"+s.Addr())
	})
	t.Run("real", func(t *testing.T) {
		test(t, Start(t).URL())
	})
}

// need skips the test when redis-server is missing, and fails it in CI.
func need(tb testing.TB) {
	tb.Helper()
	if Available() {
		return
	}
	if os.Getenv("CI") == "true" {
		tb.Fatal("redistest: redis-server is not installed, and CI=true demands it")
	}
	tb.Skip("redis-server is not installed")
}
