package db_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx/db"
)

func TestBadMigrationFiles(t *testing.T) {
	d := open(t, "sqlite://:memory:", db.Options{})
	for want, fsys := range map[string]fstest.MapFS{
		"README.md is not named like a migration":               files("README.md", ""),
		"x/create_users.up.sql is not named like":               files("x/create_users.up.sql", "SELECT 1"),
		"1_Users.up.sql is not named like":                      files("1_Users.up.sql", "SELECT 1"),
		"123456789012345_a.up.sql is not named like":            files("123456789012345_a.up.sql", "SELECT 1"),
		"0_a.up.sql: the number of a migration is 1 or more":    files("0_a.up.sql", "SELECT 1"),
		"1_a.up.sql and 1_b.up.sql have the same number":        files("1_a.up.sql", "SELECT 1", "1_b.up.sql", "SELECT 1"),
		"01_a.up.sql and 1_a.up.sql have the same number":       files("01_a.up.sql", "SELECT 1", "1_a.up.sql", "SELECT 1"),
		"1_a.down.sql and 1_b.up.sql have the same number":      files("1_a.down.sql", "SELECT 1", "1_b.up.sql", "SELECT 1"),
		"1_a.tx.up.sql and 1_a.up.sql have the same number":     files("1_a.tx.up.sql", "SELECT 1", "1_a.up.sql", "SELECT 1"),
		"1_a.down.sql: there is no up file":                     files("1_a.down.sql", "SELECT 1"),
		"1_a.up.sql: there is no SQL statement in it":           files("1_a.up.sql", "-- nothing yet\n"),
		"1_a.up.sql: line 2: the text that begins with '":       files("1_a.up.sql", "SELECT 1;\nSELECT 'a"),
		"1_a.up.sql: line 1: COMMIT: a script may not begin":    files("1_a.up.sql", "COMMIT"),
		"1_a.up.sql: SQLite runs every migration in a":          files("1_a.up.sql", "--keryx:no-transaction\nSELECT 1"),
		"1_a.up.sql: line 1: --keryx:notransaction is no direc": files("1_a.up.sql", "--keryx:notransaction\nSELECT 1"),
	} {
		if _, err := db.NewMigrator(d, fsys); err == nil || !strings.HasPrefix(err.Error(), "migrations: "+want) {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
	if _, err := db.NewMigrator(d, nil); err == nil {
		t.Error("no file system is fine")
	}
	if applied, err := migrator(t, d, files()).Up(t.Context()); err != nil || len(applied) != 0 {
		t.Errorf("no files: %v, %v", applied, err)
	}
}

func TestCreateMigration(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	first, err := db.CreateMigration(dir, "create_users")
	if err != nil {
		t.Fatal(err)
	}
	second, err := db.CreateMigration(dir, "create-2")
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range slices.Concat(first, second) {
		text, err := os.ReadFile(path)
		if err != nil || len(text) == 0 {
			t.Errorf("%s: %q, %v", path, text, err)
		}
		if direction := []string{".up.sql", ".down.sql"}[i%2]; !strings.HasSuffix(path, direction) {
			t.Errorf("%s does not end in %s", path, direction)
		}
		if err := os.WriteFile(path, []byte("SELECT 1"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, "sqlite://:memory:", db.Options{})
	m, err := db.NewMigrator(d, os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if applied, err := m.Up(t.Context()); err != nil || len(applied) != 2 || !strings.HasSuffix(applied[0], "_create_users") {
		t.Errorf("Up: %v, %v", applied, err)
	}

	for _, bad := range []string{"", "Create", "create users", "../escape", "a.b", "ü", strings.Repeat("a", 101)} {
		if paths, err := db.CreateMigration(dir, bad); err == nil {
			t.Errorf("%q is a name: %v", bad, paths)
		}
	}
	if _, err := db.CreateMigration(first[0], "x"); err == nil {
		t.Error("a file is a folder")
	}
}
