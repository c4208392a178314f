// Package postgres makes package db open postgres:// and postgresql:// URLs.
// Import it for that effect:
//
//	import _ "github.com/keryx-go/keryx/db/postgres"
//
// A URL is
//
//	postgres://user:password@host:5432/name?sslmode=require
//
// with the parameters that libpq and pgx know ([pgconn.ParseConfig]). Where it is
// silent, libpq's environment variables (PGPASSWORD and so on) and password file
// count. Several hosts may be named, host1:5432,host2:5432, and the first that
// answers is taken, or with target_session_attrs=read-write the first that can be
// written to.
//
// Two defaults differ from pgx's. connect_timeout is 10 seconds, not
// unlimited. default_query_exec_mode is exec: bun writes a query's arguments
// into its text, so that a cache of prepared statements, pgx's default, would
// hold statements that never come again, at the price of a round trip each.
// It also makes the program work behind a pooler such as PgBouncer.
//
// Times are in UTC, whatever the time zones of the server and of the process.
//
// When a context ends, the query is cancelled on the server and its connection
// closed.
//
// # Sessions
//
// What a query changes in its session does not reach the next user of the
// connection. When a query says SET, LISTEN, CREATE TEMP TABLE, set_config,
// pg_advisory_lock or the like, the session is reset in one round trip when the
// pool hands the connection out again: settings are those of the URL again, locks
// are given up. SET LOCAL and set_config(…, true) end with their transaction and
// cost nothing.
//
// Only what the text of a query says is seen. A function of the server that
// changes a setting for good is not (give it a SET clause, or have it set for
// the transaction), nor is what runs on the PgConn of pgx. After
// either run RESET ALL on the same connection, which marks it, or return
// driver.ErrBadConn from [sql.Conn.Raw], which closes it.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"

	"github.com/keryx-go/keryx/db"
)

// connectTimeout bounds the opening of each connection of the pool.
const connectTimeout = 10 * time.Second

func init() {
	db.Register("postgres", opener{})
	db.Register("postgresql", opener{})
}

type opener struct{}

var _ db.ConflictDriver = opener{}

// IsConflict implements [db.ConflictDriver].
func (opener) IsConflict(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == uniqueViolation || e.Code == exclusionViolation)
}

// Codes of errors, from the appendix of Postgres' manual.
const (
	uniqueViolation    = "23505"
	exclusionViolation = "23P01"
)

func (opener) Open(url string) (*sql.DB, schema.Dialect, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, nil, err
	}
	if !strings.Contains(url, "default_query_exec_mode=") {
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	// bun doubles quotes in the texts that it writes into queries, and no more.
	const conforming = "standard_conforming_strings"
	if value, ok := config.RuntimeParams[conforming]; ok && !strings.EqualFold(value, "on") {
		return nil, nil, errors.New(conforming + " must be on; remove it from the URL")
	}
	config.RuntimeParams[conforming] = "on"
	config.Tracer = sessions{}
	pool := stdlib.OpenDB(*config, stdlib.OptionResetSession(resetSession), stdlib.OptionAfterConnect(scanUTC))
	return pool, pgdialect.New(), nil
}

// scanUTC makes the times of a connection those of UTC, as they are from SQLite. pgx
// returns a timestamptz in the time zone of the process, which would show in JSON.
func scanUTC(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	utc := &pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}}
	types.RegisterType(utc)
	types.RegisterType(&pgtype.Type{Name: "_timestamptz", OID: pgtype.TimestamptzArrayOID, Codec: &pgtype.ArrayCodec{ElementType: utc}})
	return nil
}
