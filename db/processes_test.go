package db_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/eventually"
)

// nodeURL makes the test binary a node that migrates the database at this URL,
// with the migrations that nodeFiles chooses, and prints the names of those that
// it applied.
const (
	nodeURL   = "KERYX_TEST_NODE_URL"
	nodeFiles = "KERYX_TEST_NODE_FILES"
)

func node() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	d, err := db.Open(ctx, os.Getenv(nodeURL), db.Options{})
	if err != nil {
		return err
	}
	fsys := manyTables()
	if os.Getenv(nodeFiles) == "stuck" {
		fsys = stuck(d)
	}
	m, err := db.NewMigrator(d, fsys)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
		return err
	}
	applied, err := m.Up(ctx)
	for _, name := range applied {
		fmt.Println(name)
	}
	return errors.Join(err, d.Close())
}

const tables = 12

// manyTables is migrations that fail when they are applied twice.
func manyTables() fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := range tables {
		fsys[fmt.Sprintf("%d_t.up.sql", i+1)] = &fstest.MapFile{Data: fmt.Appendf(nil, "CREATE TABLE t%d (i INT); INSERT INTO t%d VALUES (1)", i, i)}
	}
	return fsys
}

// stuck is a migration that does not end.
func stuck(d *bun.DB) fstest.MapFS {
	return files("1_t.up.sql", "CREATE TABLE t0 (i INT);\nINSERT INTO t0 "+endless(d))
}

// runningNode is a node that is about to migrate.
type runningNode struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startNode(t *testing.T, url, files string) *runningNode {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), nodeURL+"="+url, nodeFiles+"="+files)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := &runningNode{cmd: cmd, in: in, out: bufio.NewReader(out)}
	if line, err := n.out.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the node says %q, %v", line, err)
	}
	return n
}

// migrate lets the node go on.
func (n *runningNode) migrate(t *testing.T) {
	t.Helper()
	if _, err := n.in.Write([]byte("\n")); err != nil {
		t.Error(err)
	}
}

// applied waits for the end of the node and returns the migrations that it applied.
func (n *runningNode) applied(t *testing.T) []string {
	t.Helper()
	rest, err := io.ReadAll(n.out)
	if err := errors.Join(err, n.cmd.Wait()); err != nil {
		t.Error(err)
	}
	return strings.Fields(string(rest))
}

// Nodes that boot at once apply each migration once.
func TestProcessesMigrateAtOnce(t *testing.T) {
	eachShared(t, func(t *testing.T, url string) {
		var nodes []*runningNode
		for range 4 {
			nodes = append(nodes, startNode(t, url, ""))
		}
		for _, n := range nodes {
			n.migrate(t)
		}
		var all []string
		for _, n := range nodes {
			all = append(all, n.applied(t)...)
		}
		checkOnce(t, open(t, url, db.Options{}), all)
	})
}

// So do goroutines that each have a database of their own.
func TestMigratorsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		shared := open(t, url, db.Options{})
		var mu sync.Mutex
		var all []string
		var running sync.WaitGroup
		for i := range 8 {
			d := shared
			if i%2 == 1 && !strings.Contains(url, ":memory:") {
				d = open(t, url, db.Options{PoolMax: 1})
			}
			m := migrator(t, d, manyTables())
			running.Go(func() {
				applied, err := m.Up(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				all = append(all, applied...)
			})
		}
		running.Wait()
		checkOnce(t, shared, all)
	})
}

// checkOnce fails the test unless all has each migration of manyTables once,
// and the database has their tables.
func checkOnce(t *testing.T, d *bun.DB, all []string) {
	t.Helper()
	slices.Sort(all)
	if once := slices.Compact(slices.Clone(all)); len(all) != tables || len(once) != tables {
		t.Errorf("applied were %v", all)
	}
	for i := range tables {
		if got := count(t, d, fmt.Sprintf("t%d", i)); got != 1 {
			t.Errorf("t%d has %d rows", i, got)
		}
	}
	if got := count(t, d, "bun_migrations"); got != tables {
		t.Errorf("there are %d notes", got)
	}
}

// A node that is killed in the middle of a migration blocks no other node, and leaves
// nothing of that migration.
func TestKilledNodeBlocksNobody(t *testing.T) {
	eachShared(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		n := startNode(t, url, "stuck")
		n.migrate(t)
		eventually.True(t, "the node is in its migration", func() bool { return isMigrating(t, d) })
		if err := n.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = n.cmd.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		all, err := migrator(t, d, manyTables()).Up(ctx)
		if err != nil {
			t.Fatal(err)
		}
		checkOnce(t, d, all)
	})
}

// isMigrating reports whether a node is in the middle of its migration.
func isMigrating(t *testing.T, d *bun.DB) bool {
	t.Helper()
	if isPostgres(d) {
		return number(t, d, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'INSERT INTO t0%' AND state = 'active'") == 1
	}
	// The node notes its table of notes first, and then holds the lock.
	if number(t, d, "SELECT count(*) FROM sqlite_master WHERE name = 'bun_migrations'") == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := d.ExecContext(ctx, "DELETE FROM bun_migrations")
	return errors.Is(err, context.DeadlineExceeded)
}
