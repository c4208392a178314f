package pgtest_test

import (
	"bufio"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/slow"
)

func TestDatabasesAreFreshAndApart(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	first, second := pgtest.NewDatabase(t), pgtest.NewDatabase(t)
	query(t, first, "CREATE TABLE things (id INT)")
	query(t, second, "CREATE TABLE things (id INT)")
	if server := pgtest.Start(t); pgtest.Start(t) != server {
		t.Error("Start does not share its server")
	}
}

func TestDatabaseIsDroppedWithItsTest(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	pgtest.Start(t) // or skip here, not in the inner test
	var url string
	t.Run("inner", func(t *testing.T) { url = pgtest.NewDatabase(t) })
	_, err := pgx.Connect(t.Context(), url)
	if unknown := (*pgconn.PgError)(nil); !errors.As(err, &unknown) || unknown.Code != "3D000" {
		t.Errorf("connecting to a dropped database: %v", err)
	}
}

func TestPasswordIsDemanded(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	url := strings.Replace(pgtest.NewDatabase(t), ":pw-", ":no-", 1)
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("the server took a wrong password")
	}
}

func TestDedicatedServerKeepsItsData(t *testing.T) {
	t.Parallel()
	s := pgtest.StartDedicated(t)
	query(t, s.URL(), "CREATE TABLE kept (id INT)")

	s.Stop()
	if _, err := pgx.Connect(t.Context(), s.URL()); err == nil {
		t.Error("a stopped server answers")
	}
	s.Restart()
	query(t, s.URL(), "INSERT INTO kept VALUES (1)")
	s.Kill()
	s.Restart()
	query(t, s.URL(), "INSERT INTO kept VALUES (2)")
	s.Restart()
	query(t, s.URL(), "DROP TABLE kept")
}

// A killed test binary leaves neither a server nor files.
func TestServerEndsWithItsProcess(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	t.Parallel()
	if !pgtest.Available() {
		pgtest.Start(t) // skips or fails
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := childProcess(t, dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr = strings.TrimSpace(addr)
	if !listens(addr) {
		t.Fatalf("no server listens on %q", addr)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually.True(t, "the server ends", func() bool { return !listens(addr) })
	eventually.True(t, "the files are removed", func() bool {
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		return err == nil && len(left) == 0
	})
}

func childProcess(t *testing.T, tmp string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"=1", "TMPDIR="+tmp)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close() })
	return cmd
}

func query(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), sql)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func listens(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}
