package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// startAttempts is the number of ports to try before a start fails. Another process may
// take a free port before the server listens on it.
const startAttempts = 10

// Server is a running Postgres.
type Server struct {
	template *template
	dir      string
	port     int
	password string // no other server has it
	process  *process
	named    atomic.Int64

	mu    sync.Mutex
	admin *pgx.Conn // to the maintenance database, opened by the first statement
}

// launch runs a server on a copy of the template and returns when it answers.
func launch() (*Server, error) {
	t, err := theTemplate()
	if err != nil {
		return nil, err
	}
	dir, err := t.copy()
	if err != nil {
		return nil, err
	}
	s := &Server{template: t, dir: dir, password: t.password}
	for range startAttempts {
		if s.port, err = freePort(); err != nil {
			return nil, err
		}
		if err = s.run(); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return s, s.setPassword("pw-" + rand.Text())
}

// setPassword replaces the template's password, which servers of other processes may
// have had, too.
func (s *Server) setPassword(password string) error {
	if err := s.exec("ALTER ROLE " + superuser + " PASSWORD '" + password + "'"); err != nil {
		return err
	}
	s.password = password
	return nil
}

// run starts the process on s.port and waits until it serves.
func (s *Server) run() error {
	p, err := spawn(s.template.base, filepath.Join(s.dir, "log"),
		filepath.Join(s.template.bin, "postgres"), "-D", s.dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "port="+strconv.Itoa(s.port),
		"-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "wal_init_zero=off", "-c", "max_wal_size=1GB",
		"-c", "shared_buffers=16MB", "-c", "max_connections=100",
		"-c", "autovacuum=off", "-c", "logging_collector=off")
	if err != nil {
		return err
	}
	if err := p.ready(s.answers); err != nil {
		p.signal("QUIT")
		return err
	}
	s.process = p
	return nil
}

// answers returns nil when the server accepts the password, which another server on the
// same port would not.
func (s *Server) answers(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// Addr returns the server's host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// URL returns the URL of the server's maintenance database, for a superuser.
func (s *Server) URL() string { return s.url("postgres") }

func (s *Server) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, s.password),
		Host: s.Addr(), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// NewDatabase returns the URL of an empty database. It is dropped with the test, even
// if there are still connections to it.
func (s *Server) NewDatabase(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test_%d", s.named.Add(1))
	if err := s.exec("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("pgtest: create a database: %v", err)
	}
	tb.Cleanup(func() { _ = s.exec("DROP DATABASE " + name + " WITH (FORCE)") })
	return s.url(name)
}

// exec runs one statement on the maintenance database. The connection is kept for the
// next one, because opening it costs more than most statements.
func (s *Server) exec(sql string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), waitTimeout)
	defer cancel()
	if s.admin == nil || s.admin.Ping(ctx) != nil {
		conn, err := pgx.Connect(ctx, s.URL())
		if err != nil {
			return err
		}
		s.admin = conn
	}
	_, err := s.admin.Exec(ctx, sql)
	return err
}
