package db_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/eventually"
)

// tenants makes a table users in two schemas.
var tenants = []string{
	"CREATE SCHEMA tenant", "CREATE TABLE tenant.users (n text)", "INSERT INTO tenant.users VALUES ('tenant')",
	"CREATE TABLE public.users (n text)", "INSERT INTO public.users VALUES ('public')",
}

// answers returns the different answers that the connections of a pool give.
func answers(t *testing.T, d *bun.DB, query string) []string {
	t.Helper()
	var mu sync.Mutex
	var all []string
	var open []bun.Conn
	for range d.DB.Stats().MaxOpenConnections {
		conn, err := d.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	var asking sync.WaitGroup
	for _, conn := range open {
		asking.Go(func() {
			var answer string
			if err := conn.QueryRowContext(t.Context(), query).Scan(&answer); err != nil {
				answer = err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, answer)
		})
	}
	asking.Wait()
	for _, conn := range open {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Changes of a migration to its session reach neither the app nor the next file, and
// the migration is recorded all the same.
func TestMigrationKeepsItsSessionToItself(t *testing.T) {
	t.Parallel()
	const query = `SELECT concat_ws(' ', current_user = session_user, current_setting('search_path'), current_setting('statement_timeout'),
		current_setting('session_replication_role'), current_setting('app.tenant', true),
		(SELECT string_agg(n, '+') FROM users), (SELECT count(*) FROM pg_listening_channels()),
		(SELECT count(*) FROM pg_prepared_statements),
		(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())), to_regclass('temporary') IS NULL)`
	url := postgres(t)
	for name, sql := range map[string]string{
		"search_path":     "SET search_path TO tenant, public",
		"pg_dump":         "SELECT pg_catalog.set_config('search_path', '', false)",
		"in a block":      "DO $$ BEGIN PERFORM set_config('search_path', 'tenant', false); END $$",
		"in a function":   "CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT set_config('search_path', 'tenant', false) $$; SELECT f()",
		"timeout":         "SET statement_timeout = '1ms'",
		"role":            "SET ROLE pg_monitor",
		"authorization":   "SET SESSION AUTHORIZATION pg_monitor",
		"replication":     "SET session_replication_role = replica",
		"read only":       "SET default_transaction_read_only = on",
		"own parameter":   "SET app.tenant = '1'",
		"listen":          "LISTEN a",
		"prepared":        "PREPARE p AS SELECT 1",
		"temporary":       "CREATE TEMP TABLE temporary (i int)",
		"temporary users": "CREATE TEMP TABLE users AS SELECT 'temporary' AS n",
		"temporary notes": "CREATE TEMP TABLE bun_migrations (i int)",
		"lock":            "SELECT pg_advisory_lock(1)",
		"unlock":          "SELECT pg_advisory_unlock_all()",
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, url, db.Options{PoolMax: 3, Timeout: time.Minute})
			run(t, d, "DROP SCHEMA IF EXISTS tenant, public CASCADE", "CREATE SCHEMA public")
			run(t, d, tenants...)
			before := answers(t, d, query)
			const outside = "--keryx:no-transaction\n"
			m := migrator(t, d, files("1_a.up.sql", sql, "2_b.up.sql", outside+sql, "3_c.up.sql", "CREATE TABLE made (i int)", "3_c.down.sql", sql))
			if _, err := m.Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := status(t, m); got != "1_a 2_b 3_c" {
				t.Errorf("status is %s", got)
			}
			eventually.True(t, "the sessions have ended", func() bool { return slices.Equal(answers(t, d, query), before) })
			if got := number(t, d, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename IN ('made', 'bun_migrations')"); got != 2 {
				t.Errorf("%d of the two tables are in public", got)
			}
			if name, err := m.Down(t.Context()); name != "3_c" || err != nil {
				t.Errorf("Down: %q, %v", name, err)
			}
			if got := status(t, m); got != "1_a 2_b (3_c)" {
				t.Errorf("status is %s", got)
			}
		})
	}
}

// Connections that are older than a migration do not have the defaults that it
// gives to new ones.
func TestMigrationRenewsThePool(t *testing.T) {
	t.Parallel()
	d := open(t, postgres(t), db.Options{})
	run(t, d, tenants...)
	answers(t, d, "SELECT 'connected'")
	m := migrator(t, d, files("1_a.up.sql", `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = tenant', current_database()); END $$`))
	if _, err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := answers(t, d, "SELECT n FROM users"); !slices.Equal(got, []string{"tenant"}) {
		t.Errorf("the pool reads %v", got)
	}
}

// The parameters of the URL are those that each file begins with, and the notes
// stand in its schema.
func TestMigrationsInASchema(t *testing.T) {
	url := postgres(t)
	run(t, open(t, url, db.Options{}), "CREATE SCHEMA tenant")
	d := open(t, url+"&search_path=tenant", db.Options{})
	m := migrator(t, d, files("1_a.up.sql", "SET search_path = public", "2_b.up.sql", "CREATE TABLE made (i int)"))
	for range 2 {
		if _, err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := number(t, d, "SELECT count(*) FROM pg_tables WHERE schemaname = 'tenant'"); got != 2 {
		t.Errorf("%d tables are in the schema", got)
	}
}

func TestSQLiteMigrationKeepsItsConnectionToItself(t *testing.T) {
	const query = `SELECT (SELECT foreign_keys FROM pragma_foreign_keys) || (SELECT recursive_triggers FROM pragma_recursive_triggers)
		|| (SELECT query_only FROM pragma_query_only) || (SELECT ignore_check_constraints FROM pragma_ignore_check_constraints)
		|| ('a' LIKE 'A') || (SELECT count(*) FROM pragma_database_list WHERE name <> 'main') || (SELECT count(*) FROM users)`
	for name, sql := range map[string]string{
		"foreign keys":    "PRAGMA foreign_keys = ON",
		"triggers":        "PRAGMA recursive_triggers = ON",
		"like":            "PRAGMA case_sensitive_like = ON",
		"checks":          "PRAGMA ignore_check_constraints = ON",
		"read only":       "PRAGMA query_only = ON",
		"attach":          "ATTACH ':memory:' AS other",
		"temporary users": "CREATE TEMP TABLE users AS SELECT 1",
		"temporary notes": "CREATE TEMP TABLE bun_migrations (i INT)",
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, "sqlite://:memory:", db.Options{})
			run(t, d, "CREATE TABLE users (i INT)")
			before := answers(t, d, query)
			m := migrator(t, d, files("1_a.up.sql", sql, "2_b.up.sql", "CREATE TABLE made (i INT)"))
			if _, err := m.Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := status(t, m); got != "1_a 2_b" {
				t.Errorf("status is %s", got)
			}
			if got := answers(t, d, query); !slices.Equal(got, before) {
				t.Errorf("the pool answers %v, before %v", got, before)
			}
		})
	}
}
