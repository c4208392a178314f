package migrations_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/db/migrations"
	_ "github.com/keryx-go/keryx/db/sqlite"
	"github.com/keryx-go/keryx/internal/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func Example() {
	ctx := context.Background()
	database := db.New(db.Options{URL: "sqlite://:memory:"})
	m := migrations.New(migrations.Options{Database: database, Files: fstest.MapFS{
		"1_users.up.sql": {Data: []byte("CREATE TABLE users (name text)")},
	}})
	// An app does this for the parts that it uses.
	fmt.Println(database.Start(ctx), m.Start(ctx))
	fmt.Println(database.DB.NewSelect().Table("users").Count(ctx))
	fmt.Println(m.Stop(ctx), database.Stop(ctx))
	// Output:
	// <nil> <nil>
	// 0 <nil>
	// <nil> <nil>
}

// app is the command line of an app with migrations on one database file.
type app struct {
	t        *testing.T
	database *db.Database
	options  migrations.Options
}

func newApp(t *testing.T, files fstest.MapFS) *app {
	database := db.New(db.Options{URL: "sqlite://" + filepath.Join(t.TempDir(), "app.db")})
	a := &app{t: t, database: database, options: migrations.Options{Database: database, Dir: filepath.Join(t.TempDir(), "new")}}
	if files != nil {
		a.options.Files = files
	}
	return a
}

// run starts the database alone, as the commands ask for.
func (a *app) run(ctx context.Context, do func(context.Context) error, names ...string) error {
	if got := strings.Join(names, " "); got != "database" {
		a.t.Errorf("%q would be started", got)
	}
	if err := a.database.Start(ctx); err != nil {
		return err
	}
	return errors.Join(do(ctx), a.database.Stop(ctx))
}

// is runs a command and compares its exit code and output.
func (a *app) is(args string, code int, stdout, stderr string) {
	a.t.Helper()
	var out, logs bytes.Buffer
	got := cli.Execute(a.t.Context(), cli.App{
		Name: "app", Commands: migrations.New(a.options).Commands(a.run), Stdout: &out, Stderr: &logs,
	}, strings.Fields(args))
	if got != code || !strings.Contains(out.String(), stdout) || !strings.Contains(logs.String(), stderr) || stderr == "" && logs.Len() > 0 {
		a.t.Errorf("%s: exit status %d, stdout\n%s\nand stderr\n%s\nwant exit status %d, %q and %q", args, got, out.String(), logs.String(), code, stdout, stderr)
	}
}

func TestCommands(t *testing.T) {
	files := fstest.MapFS{
		"1_users.up.sql":   {Data: []byte("CREATE TABLE users (name text)")},
		"1_users.down.sql": {Data: []byte("DROP TABLE users")},
		"2_notes.up.sql":   {Data: []byte("CRATE TABLE notes (name text)")},
	}
	a := newApp(t, files)
	a.is("migrate status", 0, "MIGRATION  APPLIED\n1_users    pending\n2_notes    pending\n", "")
	a.is("migrate up", 1, "applied 1_users\n", "2_notes.up.sql")
	files["2_notes.up.sql"].Data = []byte("CREATE TABLE notes (name text)")
	a.is("migrate status", 0, "2_notes    pending\n", "")
	a.is("migrate up", 0, "applied 2_notes\n", "")
	a.is("migrate up", 0, "nothing to apply\n", "")
	delete(files, "2_notes.up.sql")
	a.is("migrate status", 0, "2 (not in this program)  20", "")
	files["2_notes.up.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE notes (name text)")}
	a.is("migrate down", 1, "", "2_notes")
	files["2_notes.down.sql"] = &fstest.MapFile{Data: []byte("DROP TABLE notes")}
	a.is("migrate down", 0, "reverted 2_notes\n", "")
	a.is("migrate down", 0, "reverted 1_users\n", "")
	a.is("migrate down", 0, "nothing to revert\n", "")
}

func TestNew(t *testing.T) {
	a := newApp(t, fstest.MapFS{})
	a.is("migrate new add users", 2, "", "unexpected argument")
	a.is("migrate new", 2, "", "migrate new needs a name")
	a.is("migrate new add_users", 0, "created ", "")
	written, err := os.ReadDir(a.options.Dir)
	if err != nil || len(written) != 2 || !strings.HasSuffix(written[1].Name(), "_add_users.up.sql") {
		t.Errorf("%v, %v", written, err)
	}
}

// TestNothingToMigrate has an app without files and one without a database.
func TestNothingToMigrate(t *testing.T) {
	a := newApp(t, nil)
	for _, args := range []string{"migrate up", "migrate down", "migrate status", "migrate new x"} {
		a.is(args, 1, "", "this app has no migrations\n")
	}
	if m := migrations.New(a.options); !m.Commands(nil)[0].Hidden {
		t.Error("help shows a command that cannot work")
	}
	b := newApp(t, fstest.MapFS{})
	b.database = db.New(db.Options{})
	b.options.Database = b.database
	b.is("migrate up", 1, "", "there is no database to migrate; set DATABASE_URL\n")
	if err := migrations.New(b.options).Start(t.Context()); err != nil {
		t.Error(err)
	}
}
