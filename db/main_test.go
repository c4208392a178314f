package db_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/db"
	_ "github.com/keryx-go/keryx/db/postgres"
	_ "github.com/keryx-go/keryx/db/sqlite"
	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/slow"
)

func TestMain(m *testing.M) {
	if os.Getenv(nodeURL) != "" {
		if err := node(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// each runs a test over every database, as a subtest, with the URL of an empty
// one.
func each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { test(t, "sqlite://:memory:") })
	eachShared(t, test)
}

// eachShared is each without the in-memory database, which other connections cannot
// open.
func eachShared(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite://"+filepath.Join(t.TempDir(), "app.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, postgres(t)) })
}

// postgres returns the URL of an empty database on a Postgres.
func postgres(t *testing.T) string {
	t.Helper()
	slow.Skip(t, "it starts Postgres")
	return pgtest.NewDatabase(t)
}

// open opens a database that is closed with the test.
func open(t *testing.T, url string, o db.Options) *bun.DB {
	t.Helper()
	opened, err := db.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return opened
}

// run runs statements one by one.
func run(t *testing.T, q bun.IDB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := q.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// count returns the number of rows in a table.
func count(t *testing.T, q bun.IDB, table string) int {
	t.Helper()
	return int(number(t, q, "SELECT count(*) FROM "+table))
}

func number(t *testing.T, q bun.IDB, query string) (n int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := q.QueryRowContext(ctx, query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func isPostgres(q bun.IDB) bool { return q.Dialect().Name().String() == "pg" }
