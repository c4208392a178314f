package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// startAttempts is the number of ports to try before a start fails. Another process may
// take a free port before the server listens on it.
const startAttempts = 10

// Server is one running redis-server. Its methods fail the test that started
// it when something goes wrong, and must be called from that test's goroutine.
type Server struct {
	tb       testing.TB
	args     []string
	sentinel string // the configuration of a sentinel; "" for a plain server
	dir      string
	port     int
	password string
	process  *process
	client   *goredis.Client
}

// Start runs an empty redis-server, and returns when it answers. The arguments are
// added to its command line ("--requirepass", "secret") and override the defaults. In
// them $PORT stands for the server's port, and $DIR for its directory.
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	need(tb)
	s := prepare(tb, args...)
	s.start()
	return s
}

// start runs the server on a free port.
func (s *Server) start() {
	s.tb.Helper()
	var err error
	for range startAttempts {
		s.port = freePort(s.tb)
		if err = s.run(); err == nil {
			return
		}
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	s.tb.Fatalf("redistest: start redis-server: %v", err)
}

// prepare returns a server with a directory and a cleanup that does not run yet.
func prepare(tb testing.TB, args ...string) *Server {
	tb.Helper()
	// Not tb.TempDir: the path of a unix socket may have only about 100 bytes.
	dir, err := os.MkdirTemp("", "redistest")
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	s := &Server{tb: tb, args: args, dir: dir}
	if i := slices.Index(args, "--requirepass"); i >= 0 && i+1 < len(args) {
		s.password = args[i+1]
	}
	tb.Cleanup(func() {
		if s.client != nil {
			_ = s.client.Close()
		}
		s.Kill()
		_ = os.RemoveAll(dir)
	})
	return s
}

// run starts the process on s.port and waits until it serves.
func (s *Server) run() error {
	args, err := s.commandLine()
	if err != nil {
		return err
	}
	p, err := spawn(args, filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	s.process = p
	if err := p.ready(); err != nil {
		s.Kill()
		return err
	}
	return s.answers()
}

// commandLine writes the configuration file, if there is one, and returns the arguments
// of the process.
func (s *Server) commandLine() ([]string, error) {
	expand := strings.NewReplacer("$PORT", strconv.Itoa(s.port), "$DIR", s.dir)
	if s.sentinel != "" {
		file := filepath.Join(s.dir, "sentinel.conf")
		return []string{file, "--sentinel"}, os.WriteFile(file, []byte(expand.Replace(s.sentinel)), 0o600)
	}
	args := []string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(s.port),
		"--unixsocket", s.Socket(), "--dir", s.dir,
		"--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0",
	}
	for _, a := range s.args {
		args = append(args, expand.Replace(a))
	}
	return args, nil
}

// local returns a client over the unix socket, because the port may use TLS. A sentinel
// has a plain port only.
func (s *Server) local() *goredis.Client {
	o := s.options()
	if s.sentinel == "" {
		o.Network, o.Addr = "unix", s.Socket()
	}
	return goredis.NewClient(o)
}

// answers waits for the reply to a PING. An error reply, such as NOAUTH, counts as
// well.
func (s *Server) answers() error {
	c := s.local()
	defer c.Close()
	err := poll(func() error {
		err := c.Ping(context.Background()).Err()
		if reply := goredis.Error(nil); errors.As(err, &reply) && !strings.HasPrefix(err.Error(), "LOADING") {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("no answer to PING: %w", err)
	}
	return nil
}

// options returns the options of a client of the server.
func (s *Server) options() *goredis.Options {
	return &goredis.Options{
		Addr: s.Addr(), Password: s.password,
		ContextTimeoutEnabled: true, DialerRetries: 1, PipelinePoolSize: -1, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// Addr returns the server's host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Socket returns the path of the server's unix socket.
func (s *Server) Socket() string { return filepath.Join(s.dir, "redis.sock") }

// URL returns the server's redis:// URL, with the password of --requirepass.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", Host: s.Addr()}
	if s.password != "" {
		u.User = url.UserPassword("", s.password)
	}
	return u.String()
}

// Client returns a client of the server's plain port, the same one at every call. It is
// closed with the test.
func (s *Server) Client() *goredis.Client {
	if s.client == nil {
		s.client = goredis.NewClient(s.options())
	}
	return s.client
}

// Pause suspends the process: connections stay open, and the kernel accepts new ones,
// but the server does not answer.
func (s *Server) Pause() {
	s.tb.Helper()
	if err := s.process.pause(); err != nil {
		s.tb.Fatalf("redistest: pause: %v", err)
	}
}

// Resume resumes a paused server.
func (s *Server) Resume() {
	s.tb.Helper()
	if err := s.process.resume(); err != nil {
		s.tb.Fatalf("redistest: resume: %v", err)
	}
}

// Kill ends the server at once, like a crash. It does nothing when the server does not
// run.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.kill()
		s.process = nil
	}
}

// Stop asks the server to shut down, and waits until it has. It does nothing when the
// server does not run.
func (s *Server) Stop() {
	if s.process != nil {
		s.process.stop(5 * time.Second)
		s.process = nil
	}
}

// Restart starts the server again on the same port, and kills it before if it runs. The
// server is empty unless it was started with persistence.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Kill()
	err := poll(func() error {
		err := s.run()
		if err != nil && !errors.Is(err, errPortTaken) {
			s.tb.Fatalf("redistest: restart redis-server: %v", err)
		}
		return err
	})
	if err != nil {
		s.tb.Fatalf("redistest: restart redis-server: %v", err)
	}
}

// Follow makes the server a replica of another, by REPLICAOF, and returns when it has
// the other's data. With nil it makes the server a master.
func (s *Server) Follow(master *Server) {
	s.tb.Helper()
	host, port := "NO", "ONE"
	if master != nil {
		host, port = "127.0.0.1", strconv.Itoa(master.port)
	}
	if err := s.Client().ReplicaOf(context.Background(), host, port).Err(); err != nil {
		s.tb.Fatalf("redistest: REPLICAOF: %v", err)
	}
	if master != nil {
		s.follows(master)
	}
}

// follows returns when the server is an up-to-date replica of another.
func (s *Server) follows(master *Server) {
	s.tb.Helper()
	err := poll(func() error {
		info, err := s.Client().InfoMap(context.Background(), "replication").Result()
		if err != nil {
			return err
		}
		r := info["Replication"]
		if r["role"] != "slave" || r["master_port"] != strconv.Itoa(master.port) || r["master_link_status"] != "up" {
			return fmt.Errorf("%s is no replica of %s: %v", s.Addr(), master.Addr(), r)
		}
		return nil
	})
	if err != nil {
		s.tb.Fatalf("redistest: %v", err)
	}
}
