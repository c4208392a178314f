package keryx_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/slow"
)

// slowMigration is the variable with the SQL of the program's migration.
const slowMigration = "KERYX_TEST_MIGRATION"

func slowMigrations() fstest.MapFS {
	return fstest.MapFS{"1_slow.up.sql": {Data: []byte(os.Getenv(slowMigration))}}
}

// A migration that does not end is named in the log, at boot and by the command,
// and the first signal ends it.
func TestSignalEndsAMigration(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args   []string
		sql    string
		locked bool
		logged []string
	}{
		"boot":          {args: []string{"start"}, sql: "SELECT 1;\nSELECT pg_sleep(600)", logged: []string{"1_slow.up.sql", "line=2", "SELECT pg_sleep(600)"}},
		"boot, lock":    {args: []string{"start"}, sql: "SELECT 1", locked: true, logged: []string{"1_slow.up.sql", "the migration lock", "held_by", "(holder, user keryx"}},
		"command":       {args: []string{"migrate", "up"}, sql: "SELECT pg_sleep(600)", logged: []string{"1_slow.up.sql", "line=1", "SELECT pg_sleep(600)"}},
		"command, lock": {args: []string{"migrate", "up"}, sql: "SELECT 1", locked: true, logged: []string{"1_slow.up.sql", "the migration lock", "(holder, user keryx"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slow.Skip(t, "it starts Postgres")
			url := pgtest.NewDatabase(t)
			if test.locked {
				holdMigrationLock(t, url+"&application_name=holder")
			}
			p := launchProgram(t, test.args, "DATABASE_URL="+url, slowMigration+"="+test.sql)
			line := p.waitFor(t, " WRN ")
			for !strings.Contains(line, " migration ") { // "still starting part=migrations" comes at the same time
				line = p.waitFor(t, " WRN ")
			}
			for _, want := range test.logged {
				if !strings.Contains(line, want) {
					t.Errorf("%s does not say %s", line, want)
				}
			}
			p.signal(t, syscall.SIGTERM)
			if code := p.end(t); code != 1 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func holdMigrationLock(t *testing.T, url string) {
	t.Helper()
	d, err := db.Open(t.Context(), url, db.Options{PoolMax: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := d.ExecContext(t.Context(), "SELECT pg_advisory_lock(461263501688)"); err != nil {
		t.Fatal(err)
	}
}

// A migration that would hang does not begin.
func TestMigrationThatCopiesIsRefused(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	url := pgtest.NewDatabase(t)
	for _, args := range [][]string{{"start"}, {"migrate", "up"}, {"migrate", "status"}} {
		p := launchProgram(t, args, "DATABASE_URL="+url, slowMigration+"=CREATE TABLE t (i int);\nCOPY t FROM stdin;\n1\n\\.\n")
		p.waitFor(t, "1_slow.up.sql: line 2: COPY t FROM stdin: a script has no input to copy rows from")
		if code := p.end(t); code != 1 {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}
