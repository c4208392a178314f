package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// busyTimeout is how long a connection may wait for others that open the
	// same file.
	busyTimeout = 5 * time.Second
	// retryInterval is the time between two tries.
	retryInterval = 5 * time.Millisecond
)

// retrying is a connector that tries again while the file is busy. Making a
// file a WAL database needs it for itself, and SQLite does not wait for that
// as busy_timeout would have it.
type retrying struct{ driver.Connector }

func (p retrying) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	for {
		conn, err := p.Connector.Connect(ctx)
		var e *sqlite.Error
		if err == nil {
			return newConn(conn)
		}
		if !errors.As(err, &e) || e.Code()&0xff != sqlite3.SQLITE_BUSY {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(retryInterval):
		}
	}
}
