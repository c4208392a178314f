package db

import (
	"fmt"
	"path"
	"strings"

	"github.com/uptrace/bun/dialect"
)

// The folders of migrations for one database only.
const (
	postgresFolder = "postgres"
	sqliteFolder   = "sqlite"
)

// folderOf returns the name of the folders of a database.
func folderOf(name dialect.Name) string {
	if name == dialect.SQLite {
		return sqliteFolder
	}
	return postgresFolder
}

// misspelt are names that look like those of the folders of a database.
var misspelt = map[string]string{
	"postgres": postgresFolder, "postgresql": postgresFolder, "pg": postgresFolder, "pgsql": postgresFolder,
	"sqlite": sqliteFolder, "sqlite3": sqliteFolder,
}

// folders decides which folders are read for a database.
type folders struct {
	own   string // the name of those that are for it alone
	found bool   // there is one
	other string // the path of one for another database, or ""
}

// skips reports whether a folder is for another database.
func (f *folders) skips(folder string) (bool, error) {
	name := path.Base(folder)
	switch right := misspelt[strings.ToLower(name)]; {
	case right == "":
		return false, nil
	case right != name:
		return false, fmt.Errorf("the folder %s would be read for every database; name it %s", folder, right)
	case name == f.own:
		f.found = true
		return false, nil
	}
	f.other = folder
	return true, nil
}

// missing returns an error when there are folders for other databases only.
func (f *folders) missing() error {
	if f.found || f.other == "" {
		return nil
	}
	return fmt.Errorf("there is %s, but no folder %s for the database that is in use (a folder is embedded if it has a file)",
		f.other, path.Join(path.Dir(f.other), f.own))
}
