package keryxtest

import (
	"os"
	"testing"

	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/redistest"
)

// real reports whether to use a real service. In CI it is always used, so that a
// missing one fails the test.
func real(o Options, available bool) bool {
	return !o.Embedded && (available || os.Getenv("CI") == "true")
}

func redisURL(tb testing.TB, o Options) string {
	if o.Env["REDIS_URL"] != "" || !real(o, redistest.Available()) {
		return "embedded://"
	}
	return redistest.Start(tb).URL()
}

func databaseURL(tb testing.TB, o Options) string {
	switch {
	case o.NoDatabase:
		return ""
	case o.Env["DATABASE_URL"] != "" || !real(o, pgtest.Available()):
		return "sqlite://:memory:"
	}
	return pgtest.Start(tb).NewDatabase(tb)
}
