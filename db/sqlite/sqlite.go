// Package sqlite makes package db open sqlite:// URLs. It is SQLite in Go:
// there is nothing to install and no cgo. Import it for that effect:
//
//	import _ "github.com/keryx-go/keryx/db/sqlite"
//
// A URL is one of
//
//	sqlite://data/app.db         a path relative to the working directory
//	sqlite:///var/lib/app.db     an absolute path
//	sqlite://:memory:            a fresh database that ends with the program
//
// In a path, ? and % are written %3F and %25. The file is made when it is not
// there; its folder must be.
//
// # Parameters
//
// A URL may have the parameters of the driver, such as
// ?_pragma=cache_size(-20000), and SQLite's own, such as ?mode=ro (see
// [sqlite.Driver.Open]). These are set unless the URL says otherwise:
//
//	_pragma=journal_mode(WAL)     readers do not wait for a writer, nor it for them
//	_pragma=busy_timeout(5000)    a writer waits up to 5 s for another, or until its context ends
//	_pragma=foreign_keys(1)       foreign keys are enforced
//	_pragma=synchronous(NORMAL)   a power cut may undo the last commits, but breaks nothing
//	_txlock=immediate             a transaction takes the write lock when it begins: none
//	                              fails half-way because another one wrote in between
//	_time_format=sqlite, _timezone=UTC
//	                              times are written as bun writes them, and read in UTC
//
// # Connections
//
// What a query changes in its connection does not reach the next user of it: a
// connection on which a query has said PRAGMA name = value, ATTACH, CREATE TEMP, or
// BEGIN outside of [database/sql]'s transactions is closed instead of being given
// back to the pool, and so are those that migrated. What is to hold for all
// connections is a parameter of the URL. [sql.Conn.Raw] gives a connection with
// the driver's interfaces; [sqlite.Limit] does not know it.
//
// # In memory
//
// SQLite's own databases in memory block all readers while a transaction
// writes: a query made beside the transaction it belongs to would wait for
// itself. Therefore :memory: is a file in a temporary folder of its own, without
// the waiting for the disk. All connections of one [db.Open] share it, another
// Open has another, and Close removes it; only a program that is killed leaves it
// behind, in the folder for temporary files.
package sqlite

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/keryx-go/keryx/db"
)

func init() { db.Register("sqlite", opener{}) }

type opener struct{}

var _ db.EmbeddedDriver = opener{}

// Embedded reports that there is no server.
func (opener) Embedded() bool { return true }

var _ db.ConflictDriver = opener{}

// IsConflict implements [db.ConflictDriver].
func (opener) IsConflict(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return true
	}
	return false
}

func (opener) Open(rawURL string) (*sql.DB, schema.Dialect, error) {
	place, query, _ := strings.Cut(strings.TrimPrefix(rawURL, "sqlite://"), "?")
	var connector driver.Connector
	var err error
	if place == ":memory:" {
		connector, err = temporary(query)
	} else {
		connector, err = file(place, query)
	}
	if err != nil {
		return nil, nil, err
	}
	return sql.OpenDB(connector), sqlitedialect.New(), nil
}

// file returns the connector of the database at a path, as URLs write it.
func file(place, query string) (driver.Connector, error) {
	path, err := url.PathUnescape(place)
	if err != nil {
		return nil, fmt.Errorf("the path %q: %% is written %%25", place)
	}
	if path == "" {
		return nil, errors.New("no file is named; want sqlite://path/to.db, sqlite:///absolute/path.db, or sqlite://:memory: for a database that ends with the process")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder, not a file", path)
	}
	if folder := filepath.Dir(path); !exists(folder) {
		return nil, fmt.Errorf("the folder %s does not exist; create it", folder)
	}
	return connect(path, query, nil)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// temporary returns the connector of a fresh database, which goes with it.
func temporary(query string) (driver.Connector, error) {
	folder, err := os.MkdirTemp("", "keryx-sqlite-")
	if err != nil {
		return nil, fmt.Errorf("sqlite://:memory: needs a folder for temporary files (set TMPDIR, or name a file): %w", err)
	}
	c, err := connect(filepath.Join(folder, "memory.db"), query, map[string]string{"synchronous": "OFF"})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &removing{Connector: c, folder: folder}, nil
}

func connect(path, query string, pragmas map[string]string) (driver.Connector, error) {
	parameters, err := withDefaults(query, pragmas)
	if err != nil {
		return nil, err
	}
	name := url.URL{Path: filepath.ToSlash(path)}
	c, err := sqlite.NewConnector("file:" + name.EscapedPath() + "?" + parameters.Encode())
	if err != nil {
		return nil, err
	}
	return retrying{c}, nil
}

// removing is a connector that removes its folder when the pool closes.
type removing struct {
	driver.Connector
	folder string
}

// Close is called by [sql.DB.Close].
func (r *removing) Close() error { return os.RemoveAll(r.folder) }
