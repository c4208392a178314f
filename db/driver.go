package db

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/uptrace/bun/schema"
)

// Driver opens the databases of one kind. Packages register theirs in an init
// function.
type Driver interface {
	// Open returns a pool for the URL and the dialect that bun speaks to it.
	// It does not connect. Its errors need not hide the password.
	Open(url string) (*sql.DB, schema.Dialect, error)
}

var (
	driversMu sync.RWMutex
	drivers   = map[string]Driver{}
)

// imports says which import brings a driver that is not there.
var imports = map[string]string{
	"postgres":   "github.com/keryx-go/keryx/db/postgres",
	"postgresql": "github.com/keryx-go/keryx/db/postgres",
	"sqlite":     "github.com/keryx-go/keryx/db/sqlite",
}

// Register makes a driver open the URLs of a scheme, which is written in lower
// case and without "://". It panics when the driver is nil or the scheme taken.
func Register(scheme string, d Driver) {
	driversMu.Lock()
	defer driversMu.Unlock()
	if d == nil {
		panic("keryx: db.Register: the driver of " + scheme + ":// is nil")
	}
	if _, taken := drivers[scheme]; taken {
		panic("keryx: db.Register: " + scheme + ":// is registered twice")
	}
	drivers[scheme] = d
	link()
}

func driverOf(scheme string) (Driver, error) {
	driversMu.RLock()
	defer driversMu.RUnlock()
	if d, ok := drivers[scheme]; ok {
		return d, nil
	}
	if path, ok := imports[scheme]; ok {
		return nil, fmt.Errorf("the program has no driver for %s://; add import _ %q to it", scheme, path)
	}
	known := slices.Concat(slices.Collect(maps.Keys(drivers)), slices.Collect(maps.Keys(imports)))
	slices.Sort(known)
	return nil, fmt.Errorf("%s:// is no database that is known; known are %s://",
		scheme, strings.Join(slices.Compact(known), "://, "))
}
