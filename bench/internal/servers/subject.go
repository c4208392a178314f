package servers

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"github.com/keryx-go/keryx/bench/internal/load"
	"github.com/keryx-go/keryx/bench/internal/process"
)

// bootLimit is how long a server may take to its first answer.
const bootLimit = 30 * time.Second

// subject is a server under test: a program that the harness starts, or a peer that is
// known by its URL only.
type subject struct {
	program  *program
	binary   string
	database int // of Redis

	url      string
	process  *process.Process // nil when it does not run, and for peers
	body     []byte           // of its answer
	measured *Server
}

func newSubject(p program, binary string, size int64, database int) *subject {
	return &subject{
		program: &p, binary: binary, database: database,
		measured: &Server{Name: p.name, Ours: p.ours, Binary: size},
	}
}

// loaded reports whether the subject is put under load.
func (s *subject) loaded() bool { return s.program == nil || !s.program.unloaded }

// rank returns the position of the subject in the last start.
func (s *subject) rank() int {
	if s.measured.Name == reference {
		return 0
	}
	return 1
}

// start starts the program on an empty Redis database, and returns its first answer and
// the time until then.
func (s *subject) start(ctx context.Context, b *bench) (header http.Header, body []byte, took time.Duration, err error) {
	port, err := process.FreePort()
	if err != nil {
		return nil, nil, 0, err
	}
	to := setting{
		host: "127.0.0.1", port: strconv.Itoa(port),
		redis: b.redis.URL(s.database), answer: b.answerFile(),
	}
	if err := b.redis.Flush(ctx, s.database); err != nil {
		return nil, nil, 0, err
	}
	args, env := s.program.command(to)
	s.url = fmt.Sprintf("http://%s:%s%s", to.host, to.port, s.program.path)

	began := time.Now()
	s.process, err = process.Start(process.Command{
		Path: s.binary, Args: args, Env: env, Dir: b.Dir,
		Log: filepath.Join(b.Dir, fmt.Sprintf("server%d.log", s.database)),
	})
	if err != nil {
		return nil, nil, 0, fmt.Errorf("%s: %w", s.measured.Name, err)
	}
	err = s.process.Await(ctx, bootLimit, func(ctx context.Context) (err error) {
		header, body, err = load.Probe(ctx, s.url)
		return err
	})
	if err != nil {
		return nil, nil, 0, fmt.Errorf("%s at %s: %w", s.measured.Name, s.url, err)
	}
	return header, body, time.Since(began), nil
}

// stop stops the program. It leaves a peer running.
func (s *subject) stop() {
	if s.process != nil {
		s.process.Stop()
		s.process = nil
	}
}

// cpu returns the processor time that the program has used, 0 for peers.
func (s *subject) cpu() (time.Duration, error) {
	if s.process == nil {
		return 0, nil
	}
	return process.CPU(s.process.PID())
}
