package postgres

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"

	"github.com/keryx-go/keryx/db/internal/script"
)

// changed is the custom data of a connection whose session a query may have
// changed: a script.Change.
const changed = "keryx/db.changed"

// sessions is a tracer that looks at each query for what it may change in its
// session. Also those of the app's raw connections come by.
type sessions struct{}

var (
	_ pgx.QueryTracer = sessions{}
	_ pgx.BatchTracer = sessions{}
)

func look(conn *pgx.Conn, sql string) {
	change := script.Changes(sql, script.Postgres)
	if change == script.Nothing {
		return
	}
	data := conn.PgConn().CustomData()
	before, _ := data[changed].(script.Change)
	data[changed] = max(before, change)
}

func (sessions) TraceQueryStart(ctx context.Context, conn *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	look(conn, q.SQL)
	return ctx
}

func (sessions) TraceBatchStart(ctx context.Context, conn *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	for _, q := range b.Batch.QueuedQueries {
		look(conn, q.SQL)
	}
	return ctx
}

func (sessions) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData)     {}
func (sessions) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (sessions) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// resetSession is called before a connection of the pool is used again. It
// makes the session what it was at the beginning, and has the connection
// replaced when it cannot.
func resetSession(ctx context.Context, conn *pgx.Conn) error {
	data := conn.PgConn().CustomData()
	change, ok := data[changed].(script.Change)
	if !ok {
		return nil
	}
	if change == script.Anything {
		return driver.ErrBadConn
	}
	if err := conn.PgConn().Exec(ctx, script.PostgresReset).Close(); err != nil {
		return driver.ErrBadConn
	}
	delete(data, changed)
	return nil
}
