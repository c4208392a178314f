package process

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// redisBinary is the program that StartRedis runs.
const redisBinary = "redis-server"

// Redis is a running redis-server that stores nothing on disk.
type Redis struct {
	*Process
	// Version is the version of redis-server.
	Version string

	address string
}

// StartRedis starts a redis-server on a free port and returns when it answers.
// Its files are in dir. The arguments are added to its command line.
func StartRedis(ctx context.Context, dir string, args ...string) (*Redis, error) {
	path, err := exec.LookPath(redisBinary)
	if err != nil {
		return nil, fmt.Errorf("%s is not installed, and the benchmark needs a real one: %w", redisBinary, err)
	}
	version, err := redisVersion(ctx, path)
	if err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	p, err := Start(Command{
		Path: path, Dir: dir, Log: filepath.Join(dir, "redis.log"),
		Args: append([]string{
			"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir,
			"--save", "", "--appendonly", "no", "--databases", "16",
		}, args...),
	})
	if err != nil {
		return nil, err
	}
	r := &Redis{Process: p, Version: version, address: fmt.Sprintf("127.0.0.1:%d", port)}
	if err := p.Await(ctx, 10*time.Second, r.ping); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s on port %d: %w", redisBinary, port, err)
	}
	return r, nil
}

// Address returns the host and port.
func (r *Redis) Address() string { return r.address }

// URL returns the URL of one of the sixteen databases.
func (r *Redis) URL(database int) string {
	return fmt.Sprintf("redis://%s/%d", r.address, database)
}

// Flush empties one of the databases.
func (r *Redis) Flush(ctx context.Context, database int) error {
	if err := r.expect(ctx, fmt.Sprintf("SELECT %d\r\nFLUSHDB\r\n", database), "+OK\r\n+OK\r\n"); err != nil {
		return fmt.Errorf("cannot empty database %d of %s: %w", database, redisBinary, err)
	}
	return nil
}

func (r *Redis) ping(ctx context.Context) error { return r.expect(ctx, "PING\r\n", "+PONG\r\n") }

// expect sends inline commands and compares the reply.
func (r *Redis) expect(ctx context.Context, commands, reply string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", r.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte(commands)); err != nil {
		return err
	}
	got := make([]byte, len(reply))
	if _, err := io.ReadFull(conn, got); err != nil {
		return fmt.Errorf("the reply begins with %q: %w", got, err)
	}
	if string(got) != reply {
		return fmt.Errorf("the reply is %q, expected %q", got, reply)
	}
	return nil
}

var versionInOutput = regexp.MustCompile(`v=([0-9.]+)`)

func redisVersion(ctx context.Context, path string) (string, error) {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", redisBinary, err)
	}
	found := versionInOutput.FindSubmatch(out)
	if found == nil {
		return "", fmt.Errorf("%s --version says no version: %q", redisBinary, out)
	}
	return string(found[1]), nil
}
