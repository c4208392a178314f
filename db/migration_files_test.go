package db_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/keryx-go/keryx/db"
)

func TestBadMigrationFiles(t *testing.T) {
	d := open(t, "sqlite://:memory:", db.Options{})
	for want, fsys := range map[string]fstest.MapFS{
		"README.md is not named like a migration":                files("README.md", ""),
		"x/create_users.up.sql is not named like":                files("x/create_users.up.sql", "SELECT 1"),
		"1_Users.up.sql is not named like":                       files("1_Users.up.sql", "SELECT 1"),
		"123456789012345_a.up.sql is not named like":             files("123456789012345_a.up.sql", "SELECT 1"),
		"0_a.up.sql: the number of a migration is 1 or more":     files("0_a.up.sql", "SELECT 1"),
		"1_a.up.sql and 1_b.up.sql have the same number":         files("1_a.up.sql", "SELECT 1", "1_b.up.sql", "SELECT 1"),
		"01_a.up.sql and 1_a.up.sql have the same number":        files("01_a.up.sql", "SELECT 1", "1_a.up.sql", "SELECT 1"),
		"1_a.down.sql and 1_b.up.sql have the same number":       files("1_a.down.sql", "SELECT 1", "1_b.up.sql", "SELECT 1"),
		"1_a.tx.up.sql and 1_a.up.sql have the same number":      files("1_a.tx.up.sql", "SELECT 1", "1_a.up.sql", "SELECT 1"),
		"1_a.down.sql: there is no up file":                      files("1_a.down.sql", "SELECT 1"),
		"1_a.up.sql: there is no SQL statement in it":            files("1_a.up.sql", "-- nothing yet\n"),
		"a/1_a.up.sql and sqlite/1_a.up.sql have the same numb":  files("a/1_a.up.sql", "SELECT 1", "sqlite/1_a.up.sql", "SELECT 1"),
		"1_a.up.sql and sqlite/1_b.up.sql have the same number":  files("1_a.up.sql", "SELECT 1", "sqlite/1_b.up.sql", "SELECT 1"),
		"there is m/postgres, but no folder m/sqlite for the da": files("m/postgres/1_a.up.sql", "SELECT 1"),
		"there is postgres, but no folder sqlite for the datab":  files("1_a.up.sql", "SELECT 1", "postgres/2_a.up.sql", "SELECT 1"),
		"the folder m/Sqlite would be read for every database; ": files("m/Sqlite/1_a.up.sql", "SELECT 1"),
		"the folder postgresql would be read for every databas":  files("postgresql/1_a.up.sql", "SELECT 1", "sqlite/1_a.up.sql", "SELECT 1"),
		"sqlite/README.md is not named like a migration":         files("sqlite/README.md", ""),
		"1_a.up.sql: line 2: the text that begins with '":        files("1_a.up.sql", "SELECT 1;\nSELECT 'a"),
		"1_a.up.sql: line 1: COMMIT: a script may not begin":     files("1_a.up.sql", "COMMIT"),
		"1_a.up.sql: SQLite runs every migration in a":           files("1_a.up.sql", "--keryx:no-transaction\nSELECT 1"),
		"1_a.up.sql: line 1: --keryx:notransaction is no direc":  files("1_a.up.sql", "--keryx:notransaction\nSELECT 1"),
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

// Each database has the files of its folders and those of all others, in one order.
func TestFoldersOfDatabases(t *testing.T) {
	for name, fsys := range map[string]fstest.MapFS{
		"at the top": files(
			"1_a.up.sql", "CREATE TABLE shared (i INT)",
			"postgres/2_b.up.sql", "CREATE TABLE pg (i BIGSERIAL)", "sqlite/2_b.up.sql", "CREATE TABLE lite (i INT) STRICT",
			"3_c.up.sql", "INSERT INTO shared VALUES (1)"),
		"a folder deeper": files(
			"migrations/1_a.up.sql", "CREATE TABLE shared (i INT)",
			"migrations/postgres/2_b.up.sql", "CREATE TABLE pg (i BIGSERIAL)", "migrations/sqlite/2_b.up.sql", "CREATE TABLE lite (i INT) STRICT",
			"migrations/2026/3_c.up.sql", "INSERT INTO shared VALUES (1)"),
		"in folders of subjects": files(
			"users/1_a.up.sql", "CREATE TABLE shared (i INT)",
			"users/postgres/old/2_b.up.sql", "CREATE TABLE pg (i BIGSERIAL)", "x/y/sqlite/2_b.up.sql", "CREATE TABLE lite (i INT) STRICT",
			"users/3_c.up.sql", "INSERT INTO shared VALUES (1)"),
		"nothing in common": files(
			"postgres/1_a.up.sql", "CREATE TABLE shared (i BIGSERIAL)", "sqlite/1_a.up.sql", "CREATE TABLE shared (i INT) STRICT",
			"postgres/2_b.up.sql", "CREATE TABLE pg (i BIGSERIAL)", "sqlite/2_b.up.sql", "CREATE TABLE lite (i INT) STRICT",
			"postgres/3_c.up.sql", "INSERT INTO shared VALUES (1)", "sqlite/3_c.up.sql", "INSERT INTO shared VALUES (1)"),
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, url string) {
				d := open(t, url, db.Options{})
				m := migrator(t, d, fsys)
				applied, err := m.Up(t.Context())
				if want := []string{"1_a", "2_b", "3_c"}; err != nil || !slices.Equal(applied, want) {
					t.Errorf("applied %v, %v", applied, err)
				}
				own := "lite"
				if isPostgres(d) {
					own = "pg"
				}
				if count(t, d, "shared") != 1 || count(t, d, own) != 0 {
					t.Error("the tables are not those of the files")
				}
				all, err := m.Status(t.Context())
				if err != nil || len(all) != 3 {
					t.Errorf("status %v, %v", all, err)
				}
			})
		})
	}
}

// A new migration is for the databases that have folders, with one number in all of them.
func TestCreateMigrationForDatabases(t *testing.T) {
	for want, folders := range map[string][]string{
		"": nil, "postgres sqlite": {"postgres", "sqlite"}, "sqlite": {"sqlite"}, "postgres": {"postgres", "other"},
	} {
		dir := t.TempDir()
		for _, folder := range folders {
			if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		taken := filepath.Join(dir, time.Now().UTC().Add(time.Second).Format("20060102150405")+"_taken.up.sql")
		if err := os.WriteFile(taken, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		numbers := map[string]bool{}
		for range 2 {
			paths, err := db.CreateMigration(dir, "x")
			if err != nil {
				t.Fatal(err)
			}
			var in []string
			for _, path := range paths {
				folder, file := filepath.Split(strings.TrimPrefix(path, dir))
				in = append(in, strings.Trim(folder, "/"))
				number, _, _ := strings.Cut(file, "_")
				numbers[number] = true
			}
			if got := strings.Join(slices.Compact(in), " "); got != want || len(paths) != 2*max(1, len(strings.Fields(want))) {
				t.Errorf("written are %v", paths)
			}
		}
		number, _, _ := strings.Cut(filepath.Base(taken), "_")
		if len(numbers) != 2 || numbers[number] {
			t.Errorf("the numbers are %v, taken is %s", numbers, number)
		}
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
