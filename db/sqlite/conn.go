package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"

	"github.com/keryx-go/keryx/db/internal/script"
)

// native is a connection of the driver: what database/sql uses of it, and what
// an app may look for in [sql.Conn.Raw].
type native interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator

	sqlite.HookRegisterer
	sqlite.AuthorizerRegisterer
	sqlite.DBStatus
	sqlite.FileControl
	ColumnInfo(query string) ([]sqlite.ColumnInfo, error)
	IsReadOnly(schema string) (bool, error)
	Serialize() ([]byte, error)
	Deserialize([]byte) error
	NewBackup(destination string) (*sqlite.Backup, error)
	NewRestore(source string) (*sqlite.Backup, error)
}

// conn looks at each query for what it may change in the connection, which is
// then closed instead of being given back to the pool.
type conn struct {
	native
	inTx    bool  // begun by BeginTx
	lost    error // what SQLite has rolled the transaction back for
	changed bool
}

func newConn(c driver.Conn) (driver.Conn, error) {
	n, ok := c.(native)
	if !ok {
		return nil, fmt.Errorf("the driver's %T lacks a method that package db/sqlite forwards", c)
	}
	return &conn{native: n}, nil
}

func (c *conn) look(query string) {
	switch script.Changes(query, script.SQLite) {
	case script.Nothing:
	case script.Transaction:
		c.changed = c.changed || !c.inTx // a savepoint within one is undone with it
	default:
		c.changed = true
	}
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.look(query)
	result, err := c.native.ExecContext(ctx, query, args)
	c.notice(err)
	return result, err
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.look(query)
	rows, err := c.native.QueryContext(ctx, query, args)
	c.notice(err)
	return rows, err
}

// notice finds out whether SQLite has rolled the transaction back for an error, such as
// an interrupted write or a full disk. Then it begins another one, which takes what the
// app still does, and is rolled back, too: SQLite would commit each statement by itself.
func (c *conn) notice(err error) {
	if err == nil || !c.inTx || c.lost != nil {
		return
	}
	// Within a transaction BEGIN fails.
	if _, failed := c.native.ExecContext(context.Background(), "BEGIN", nil); failed == nil {
		c.lost = err
	}
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.look(query)
	return c.native.PrepareContext(ctx, query)
}

func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	inner, err := c.native.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	c.inTx, c.lost = true, nil
	return &tx{Tx: inner, conn: c}, nil
}

// IsValid is called before the connection goes back to the pool.
func (c *conn) IsValid() bool { return !c.changed && c.native.IsValid() }

// tx is a transaction of the driver.
type tx struct {
	driver.Tx
	conn *conn
}

func (t *tx) Commit() error {
	t.conn.inTx = false
	if lost := t.conn.lost; lost != nil {
		return errors.Join(fmt.Errorf("SQLite has rolled the transaction back: %w", lost), t.Tx.Rollback())
	}
	return t.Tx.Commit()
}

func (t *tx) Rollback() error {
	t.conn.inTx = false
	return t.Tx.Rollback()
}
