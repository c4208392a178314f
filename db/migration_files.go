package db

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun/dialect"

	"github.com/keryx-go/keryx/db/internal/script"
)

// migration is what the files with one number say.
type migration struct {
	number   uint64
	digits   string // the number as it is written
	name     string // the digits and the name
	up, down *sqlFile
}

// sqlFile is one file.
type sqlFile struct {
	path         string
	script       script.Script
	keepsSession bool // see [script.Script.KeepsSession]
}

// fileName matches the names of migrations: number, name, direction.
var fileName = regexp.MustCompile(`^(\d{1,14})_([0-9a-z_-]+)(?:\.tx)?\.(up|down)\.sql$`)

// readMigrations returns the migrations in fsys for a database, in their order.
func readMigrations(fsys fs.FS, name dialect.Name) ([]*migration, error) {
	if fsys == nil {
		return nil, errors.New("there is no file system to read them from")
	}
	byNumber := map[uint64]*migration{}
	folders := folders{own: folderOf(name)}
	err := fs.WalkDir(fsys, ".", func(file string, entry fs.DirEntry, err error) error {
		hidden := file != "." && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden:
			return nil
		case entry.IsDir():
			skip, err := folders.skips(file)
			if skip {
				return fs.SkipDir
			}
			return err
		}
		return addFile(byNumber, fsys, file, name)
	})
	if err != nil {
		return nil, err
	}
	if err := folders.missing(); err != nil {
		return nil, err
	}
	var all []*migration
	for _, m := range byNumber {
		if m.up == nil {
			return nil, fmt.Errorf("%s: there is no up file of that number and name", m.down.path)
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *migration) int { return cmp.Compare(a.number, b.number) })
	return all, nil
}

// addFile reads one file into the migration that it belongs to.
func addFile(byNumber map[uint64]*migration, fsys fs.FS, file string, name dialect.Name) error {
	parts := fileName.FindStringSubmatch(path.Base(file))
	if parts == nil {
		return fmt.Errorf("%s is not named like a migration, that is <number>_<name>.up.sql or .down.sql, "+
			"the name in lower-case letters, digits, _ and -, say 20240131120000_create_users.up.sql", file)
	}
	number, err := parseNumber(parts[1])
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	f, err := readFile(fsys, file, name)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	m := byNumber[number]
	if m == nil {
		m = &migration{number: number, digits: parts[1], name: parts[1] + "_" + parts[2]}
		byNumber[number] = m
	}
	slot := &m.up
	if parts[3] == "down" {
		slot = &m.down
	}
	if *slot != nil || m.name != parts[1]+"_"+parts[2] {
		other := cmp.Or(*slot, m.up, m.down)
		return fmt.Errorf("%s and %s have the same number; give one of them another", other.path, file)
	}
	*slot = f
	return nil
}

func readFile(fsys fs.FS, file string, name dialect.Name) (*sqlFile, error) {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	language := script.Postgres
	if name == dialect.SQLite {
		language = script.SQLite
	}
	parsed, err := script.Parse(string(text), language)
	switch {
	case err != nil:
		return nil, err
	case len(parsed.Statements) == 0:
		return nil, errors.New("there is no SQL statement in it")
	case parsed.NoTransaction && name == dialect.SQLite:
		return nil, errors.New("SQLite runs every migration in a transaction; remove --keryx:no-transaction")
	}
	return &sqlFile{path: file, script: parsed, keepsSession: parsed.KeepsSession(language)}, nil
}

// parseNumber reads a migration's number. 0 is none, so that it is less than
// all.
func parseNumber(digits string) (uint64, error) {
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || number == 0 {
		return 0, fmt.Errorf("the number of a migration is 1 or more, not %q", digits)
	}
	return number, nil
}
