package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// migrationName is what [CreateMigration] takes for a name.
var migrationName = regexp.MustCompile(`^[0-9a-z_-]{1,100}$`)

// CreateMigration writes the two files of a new migration, to be filled in,
// and returns their paths, the up file first. Where dir has folders for databases,
// postgres or sqlite, it writes two files into each of them (see [Migrator]). Their
// number is the time, in UTC, to the second, or the next second that no file below dir
// has. The name is of lower-case letters, digits, _ and -, at most 100. A folder that is
// not there is made. No file is overwritten.
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
	var written []string
	for _, folder := range foldersFor(dir) {
		for _, file := range [][2]string{
			{"_" + name + ".up.sql", "-- What " + name + " changes.\n"},
			{"_" + name + ".down.sql", "-- How " + name + " is taken back.\n"},
		} {
			path := filepath.Join(folder, number+file[0])
			if err := writeNew(path, file[1]); err != nil {
				for _, path := range written {
					err = errors.Join(err, os.Remove(path))
				}
				return nil, fmt.Errorf("create a migration: %w", err)
			}
			written = append(written, path)
		}
	}
	return written, nil
}

// foldersFor returns the folders for databases in dir, or dir itself.
func foldersFor(dir string) []string {
	var found []string
	for _, name := range []string{postgresFolder, sqliteFolder} {
		folder := filepath.Join(dir, name)
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			found = append(found, folder)
		}
	}
	if len(found) == 0 {
		return []string{dir}
	}
	return found
}

// freeNumber returns the time, or the next second that no migration below dir has.
func freeNumber(dir string) (string, error) {
	taken := map[uint64]bool{}
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if parts := fileName.FindStringSubmatch(entry.Name()); parts != nil {
			if number, err := parseNumber(parts[1]); err == nil {
				taken[number] = true
			}
		}
		return nil
	})
	if err != nil {
		return "", err
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
