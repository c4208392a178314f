package db

import (
	"database/sql"
	"errors"

	"github.com/keryx-go/keryx/fault"
)

// ConflictDriver is a [Driver] that knows which errors of its databases are conflicts.
type ConflictDriver interface {
	Driver
	// IsConflict is [IsConflict] for the errors of this driver.
	IsConflict(err error) bool
}

// IsConflict reports whether a database has refused a row because another row is in its
// place: a primary key, a unique index, or an exclusion constraint of Postgres says so.
//
// A foreign key is no conflict: it may say that what a row refers to is not there, or
// that others refer to the row, and clients are to be told which. Nor is a trigger of
// SQLite, which refuses for reasons of its own.
func IsConflict(err error) bool {
	if err == nil {
		return false
	}
	driversMu.RLock()
	defer driversMu.RUnlock()
	for _, d := range drivers {
		if r, ok := d.(ConflictDriver); ok && r.IsConflict(err) {
			return true
		}
	}
	return false
}

// OrConflict returns err or, when [IsConflict] reports true for it, a
// [fault.ConnectionConflict] with a message for clients that has it as its cause. It
// returns nil for nil.
//
// On Postgres every later query of a transaction fails after a conflict. A function that
// returns the error does not notice. One that goes on makes the query in a [Transaction]
// within the transaction, or says ON CONFLICT.
func OrConflict(err error, format string, args ...any) error {
	if IsConflict(err) {
		return fault.Conflict(format, args...).WithCause(err)
	}
	return err
}

// OrNotFound returns err or, when it is [sql.ErrNoRows], a [fault.ConnectionNotFound]
// with a message for clients that has it as its cause: [errors.Is] still finds it. It
// returns nil for nil.
//
// Nothing else makes a 404 of sql.ErrNoRows: a query that finds no row where the app
// relies on one is a failure of the server.
//
// bun returns sql.ErrNoRows when it scans one row, also that of a DELETE or an UPDATE
// with RETURNING. A slice, and Exec, take no row for an answer.
func OrNotFound(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NotFound(format, args...).WithCause(err)
	}
	return err
}
