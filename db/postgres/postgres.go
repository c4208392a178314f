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
// When a context ends, the query is cancelled on the server and its connection
// closed.
package postgres

import (
	"database/sql"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"

	"github.com/keryx-go/keryx/db"
)

// connectTimeout bounds the opening of each connection of the pool.
const connectTimeout = 10 * time.Second

func init() {
	db.Register("postgres", driver{})
	db.Register("postgresql", driver{})
}

type driver struct{}

func (driver) Open(url string) (*sql.DB, schema.Dialect, error) {
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
	return stdlib.OpenDB(*config), pgdialect.New(), nil
}
