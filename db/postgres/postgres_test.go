package postgres_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/db"
	_ "github.com/keryx-go/keryx/db/postgres"
	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/slow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// database returns the URL of an empty database.
func database(t *testing.T) string {
	t.Helper()
	slow.Skip(t, "it starts Postgres")
	return pgtest.NewDatabase(t)
}

// The suite of package db runs over this driver too; here is what only
// Postgres has.

// A statement that is prepared for a query would never be used again.
func TestQueriesLeaveNoPreparedStatements(t *testing.T) {
	url := database(t)
	for mode, want := range map[string]int{"": 0, "&default_query_exec_mode=cache_statement": 3} {
		d, err := db.Open(t.Context(), url+mode, db.Options{PoolMax: 1})
		if err != nil {
			t.Fatal(err)
		}
		var prepared int
		for i := range 3 {
			q := d.NewSelect().ColumnExpr("count(*)").TableExpr("pg_prepared_statements").Where("? = ?", i, i)
			if err := q.Scan(t.Context(), &prepared); err != nil {
				t.Fatal(err)
			}
		}
		if prepared != want {
			t.Errorf("%q: %d statements are prepared, want %d", mode, prepared, want)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Times are the same as from SQLite, to the JSON, wherever the process and the server are.
func TestTimesAreUTC(t *testing.T) {
	local := time.Local
	time.Local = time.FixedZone("far", 9*60*60)
	t.Cleanup(func() { time.Local = local })
	d, err := db.Open(t.Context(), database(t)+"&timezone=Asia/Tokyo", db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const want = "2026-11-01T11:00:00.5Z"
	var one, null *time.Time
	var raw any
	const query = "SELECT $1::timestamptz, NULL::timestamptz, $1::timestamptz"
	if err := d.DB.QueryRow(query, want).Scan(&one, &null, &raw); err != nil || null != nil {
		t.Fatal(err, null)
	}
	var model struct {
		At  time.Time
		Ptr *time.Time
		Nul bun.NullTime
	}
	if err := d.NewRaw("SELECT ?0::timestamptz AS at, ?0::timestamptz AS ptr, ?0::timestamptz AS nul", want).Scan(t.Context(), &model); err != nil {
		t.Fatal(err)
	}
	for i, got := range []any{one, raw, model.At, model.Ptr, model.Nul} {
		if text, err := json.Marshal(got); string(text) != strconv.Quote(want) {
			t.Errorf("%d: %s, %v", i, text, err)
		}
	}
}

func TestBothSchemes(t *testing.T) {
	url := database(t)
	for _, u := range []string{url, strings.Replace(url, "postgres://", "postgresql://", 1), strings.Replace(url, "postgres://", "POSTGRES://", 1)} {
		d, err := db.Open(t.Context(), u, db.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A program without a driver says which import brings it.
func TestMissingDriver(t *testing.T) {
	_, err := db.Open(t.Context(), "sqlite://app.db", db.Options{})
	want := `cannot connect to database (sqlite://app.db): the program has no driver for sqlite://; ` +
		`add import _ "github.com/keryx-go/keryx/db/sqlite" to it; set DATABASE_URL`
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v", err)
	}
}
