package db

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// migrationName is what [CreateMigration] takes for a name.
var migrationName = regexp.MustCompile(`^[0-9a-z_-]{1,100}$`)

// CreateMigration writes the two files of a new migration, to be filled in,
// and returns their paths, the up file first. Their number is the time, in UTC,
// to the second, or the next second that no file in dir has. The name is of
// lower-case letters, digits, _ and -, at most 100. A folder that is not there
// is made. No file is overwritten.
func CreateMigration(dir, name string) ([]string, error) {
	if !migrationName.MatchString(name) {
		return nil, fmt.Errorf("%q is no name for a migration: use lower-case letters, digits, _ and -, say create_users", name)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("create a migration: %w", err)
	}
	number, err := freeNumber(dir)
	if err != nil {
		return nil, fmt.Errorf("create a migration: %w", err)
	}
	up := filepath.Join(dir, number+"_"+name+".up.sql")
	down := filepath.Join(dir, number+"_"+name+".down.sql")
	if err := writeNew(up, "-- What "+name+" changes.\n"); err != nil {
		return nil, fmt.Errorf("create a migration: %w", err)
	}
	if err := writeNew(down, "-- How "+name+" is taken back.\n"); err != nil {
		return nil, fmt.Errorf("create a migration: %w", errors.Join(err, os.Remove(up)))
	}
	return []string{up, down}, nil
}

// freeNumber returns the time, or the next second that no migration has.
func freeNumber(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	taken := map[uint64]bool{}
	for _, e := range entries {
		if parts := fileName.FindStringSubmatch(e.Name()); parts != nil {
			if number, err := parseNumber(parts[1]); err == nil {
				taken[number] = true
			}
		}
	}
	for t := time.Now().UTC(); ; t = t.Add(time.Second) {
		digits := t.Format("20060102150405")
		if number, err := parseNumber(digits); err != nil || !taken[number] {
			return digits, err
		}
	}
}

func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
