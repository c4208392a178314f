package sqlite

import (
	"context"
	"database/sql/driver"
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
	inTx    bool // begun by BeginTx
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
	return c.native.ExecContext(ctx, query, args)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.look(query)
	return c.native.QueryContext(ctx, query, args)
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
	c.inTx = true
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
	return t.Tx.Commit()
}

func (t *tx) Rollback() error {
	t.conn.inTx = false
	return t.Tx.Rollback()
}
