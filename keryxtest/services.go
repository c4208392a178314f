package keryxtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/redistest"
)

// services are the Redis and the database that the nodes of an app share.
type services struct {
	redisURL, databaseURL string
	redis                 redisServer // nil for one that Options.Env chose
}

// redisServer is a Redis of a test's own.
type redisServer interface {
	URL() string
	Kill()
	Restart()
}

var (
	_ redisServer = (*redistest.Server)(nil)
	_ redisServer = (*embeddedRedis)(nil)
)

func startServices(tb testing.TB, o Options) services {
	tb.Helper()
	s := services{redisURL: o.Env["REDIS_URL"], databaseURL: o.Env["DATABASE_URL"]}
	if s.redisURL == "" {
		s.redis = startRedis(tb, o)
		s.redisURL = s.redis.URL()
	}
	switch {
	case o.NoDatabase, s.databaseURL != "":
	case real(o, pgtest.Available()):
		s.databaseURL = pgtest.NewDatabase(tb)
	default:
		// A file, for all nodes, without the waiting for the disk.
		s.databaseURL = "sqlite://" + filepath.Join(tb.TempDir(), "app.db") + "?_pragma=synchronous(OFF)"
	}
	return s
}

func startRedis(tb testing.TB, o Options) redisServer {
	tb.Helper()
	if real(o, redistest.Available()) {
		return redistest.Start(tb)
	}
	return startEmbeddedRedis(tb)
}

// real reports whether to use a real service. In CI it is always used, so that a
// missing one fails the test.
func real(o Options, available bool) bool {
	return !o.Embedded && (available || os.Getenv("CI") == "true")
}
