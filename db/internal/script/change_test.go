package script_test

import (
	"strings"
	"testing"

	"github.com/keryx-go/keryx/db/internal/script"
)

func TestChangesOnPostgres(t *testing.T) {
	for change, texts := range map[script.Change][]string{
		script.Nothing: {
			"", ";", " ", `SELECT * FROM "users" AS "user" WHERE ("user"."temp" = 1 AND "set" = 2)`, "select 1;\n",
			"INSERT INTO t (a_lock, set_conf) VALUES ('; SET a')", "UPDATE temp SET a = 1", "((SELECT 1))",
			"SELECT 1; SELECT 2", "SELECT 'SELECT set_config(''a'', ''b'', false)'", "-- SET a\nSELECT 1", "/* SET a */ SELECT temp FROM temps",
			"BEGIN", "begin isolation level serializable", "COMMIT", "ROLLBACK", "SAVEPOINT a", "RELEASE SAVEPOINT a", "ROLLBACK TO a",
			"SET LOCAL search_path = a", "/* a */ set\nlocal a = 1", "SET TRANSACTION READ ONLY", "SET CONSTRAINTS ALL DEFERRED",
			"SELECT set_config('a', '(1,2)', true)", "SELECT set_config('a', 'b', TRUE), set_config('c', 'd', 't')",
			"SELECT pg_advisory_xact_lock(1), pg_try_advisory_xact_lock(2)", "SELECT pg_advisory_unlock(1)",
			"CREATE TABLE t (a int)", "DROP TABLE t", "SELECT template FROM set_limits", "WITH a AS (SELECT 1) SELECT 2",
			"DECLARED", "COPY t FROM '/a'", "NOTIFY a",
		},
		script.Settings: {
			"SET search_path = a", "set role b", "SET SESSION AUTHORIZATION c", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
			" /* a */ -- b\n(SET a = 1", "SELECT 1; SET a = 1", "BEGIN; SET a = 1; COMMIT", "SELECT ';'; RESET a", "SELECT 1;;SET a = 1;",
			"SELECT set_config('a', 'b', false)", "SELECT SET_CONFIG ('a', 'b', $1)", `SELECT "set_config"('a', 'b', false)`,
			"SELECT pg_catalog.set_config/**/('a', 'b', false)", "INSERT INTO t SELECT set_config('a', 'b', 1 = 1)",
			"SELECT set_config('a', 'b', true), set_config('c', 'd', false)", "SELECT set_config('a', (SELECT 'true'), is_local => false)",
			"WITH a AS (SELECT Pg_Advisory_Lock(1)) SELECT 1", "SELECT pg_try_advisory_lock_shared(1)", "SELECT set_limit(0.5)",
			"CREATE TEMP TABLE t (a int)", "create local temporary view v AS SELECT 1", "CREATE OR REPLACE TEMP VIEW v AS SELECT 1", "CREATE TABLE pg_temp.t (a int)",
			"SELECT 1 INTO TEMP t", "SELECT 1 INTO\nTEMPORARY TABLE t", "WITH a AS (SELECT 1) SELECT 1 INTO LOCAL TEMP t",
			"LISTEN a", "UNLISTEN *", "DECLARE a CURSOR WITH HOLD FOR SELECT 1", "DO $$ BEGIN PERFORM 1; END $$", "CALL p()", "RESET ALL",
			"DISCARD TEMP", "EXECUTE p", "EXPLAIN ANALYZE SELECT 1", "p", "SELECT 1; p",
		},
		script.Anything: {"PREPARE p AS SELECT 1", "DEALLOCATE ALL", "DISCARD ALL", "LOAD 'a'", "SELECT dblink_connect('a')", "SELECT 'a; SET b"},
	} {
		for _, text := range texts {
			want := change
			if text == "DECLARED" {
				want = script.Settings // a word that is not known
			}
			if got := script.Changes(text, script.Postgres); got != want {
				t.Errorf("%q: got %d, want %d", text, got, want)
			}
		}
	}
}

func TestChangesOnSQLite(t *testing.T) {
	for change, texts := range map[script.Change][]string{
		script.Nothing: {
			"", "SELECT 1;", "SELECT 1; SELECT 2", "PRAGMA foreign_keys", "PRAGMA main.foreign_keys;", "PRAGMA table_info(t)", "PRAGMA user_version = 3",
			"CREATE TABLE t (i INT)", "INSERT INTO t VALUES ('; PRAGMA a = 1')", "COMMIT", "ROLLBACK", "RELEASE a", "REPLACE INTO t VALUES (1)", "VACUUM",
		},
		script.Transaction: {"BEGIN", "begin immediate", "SAVEPOINT a", "SELECT 1; BEGIN"},
		script.Settings: {
			"PRAGMA foreign_keys = OFF", "pragma foreign_keys(0)", "PRAGMA main.locking_mode = EXCLUSIVE", "SELECT 1;/* */PRAGMA query_only=1",
			"CREATE TEMP TABLE t (i INT)", "CREATE TABLE temp.t (i INT)", "CREATE TABLE IF NOT EXISTS temp.t (i INT)", "CREATE TEMPORARY TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END",
		},
		script.Anything: {"ATTACH 'a' AS b", "detach b", "-- a\nDETACH b"},
	} {
		for _, text := range texts {
			if got := script.Changes(text, script.SQLite); got != change {
				t.Errorf("%q: got %d, want %d", text, got, change)
			}
		}
	}
}

// A look at the start of a text and at a few bytes of it must not miss what
// reading it token by token finds.
func FuzzChanges(f *testing.F) {
	for _, text := range []string{"SELECT 1; SET a", "select set_config('a','b',false)", "with a as (select 1) select 1 into temp b", "SELECT 'a;', pg_temp.f()", "BEGIN;x"} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, postgres bool) {
		d := script.SQLite
		if postgres {
			d = script.Postgres
		}
		// A comment before it makes Changes read the whole text.
		quick, exact := script.Changes(text, d), script.Changes("/**/"+text, d)
		if quick < exact && exact != script.Anything {
			t.Errorf("%q: at a glance %d, read %d", text, quick, exact)
		}
	})
}

func TestChangesAllocatesNothing(t *testing.T) {
	for _, text := range []string{query, insert} {
		if n := testing.AllocsPerRun(100, func() { script.Changes(text, script.Postgres) }); n != 0 {
			t.Errorf("%.0f allocations for %.40s", n, text)
		}
	}
}

const (
	query = `SELECT "user"."id", "user"."name", "user"."email", "user"."created_at", "user"."updated_at" FROM "users" AS "user" ` +
		`WHERE ("user"."id" = 42) AND ("user"."deleted_at" IS NULL) ORDER BY "user"."created_at" DESC LIMIT 20`
	insert = `INSERT INTO "messages" ("id", "body", "user_id", "created_at", "updated_at") VALUES (DEFAULT, 'hello world', 42, DEFAULT, DEFAULT) RETURNING "id"`
)

func BenchmarkChanges(b *testing.B) {
	for name, text := range map[string]string{
		"select, 230 bytes": query, "insert, 150 bytes": insert, "select 1": "SELECT 1", "commit": "commit",
		"set local": "SET LOCAL app.tenant = '42'", "set_config": "SELECT set_config('app.tenant', '42', true)", "set": "SET search_path = a",
		"insert, 10 kB of CSS": "INSERT INTO t VALUES ('" + strings.Repeat("a{b:c;d:e}", 1000) + "')",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				script.Changes(text, script.Postgres)
			}
		})
	}
	b.Run("on SQLite", func(b *testing.B) {
		for b.Loop() {
			script.Changes(query, script.SQLite)
		}
	})
}
