// Package servers is the suite that measures a cached read over HTTP. It compares the
// framework's caching example with a hand-written handler that does the same work, a
// handler that writes a constant, and servers that already run.
//
// It starts its own redis-server, builds the servers, boots each several times, and
// puts them under load in turns (ABCABC…), so that a disturbance of the machine affects
// all of them. It reports medians.
//
// The servers that it starts must give the same answer, header and body. They read the
// expected answer from a file that has the example's. A wrong answer under load fails
// the run.
package servers

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"time"

	"github.com/keryx-go/keryx/bench/internal/answer"
	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// Suite compares whole servers over HTTP.
func Suite() harness.Suite {
	return harness.Suite{
		Name:    "servers",
		Summary: "a cached read over HTTP: the framework beside a hand-written handler and others",
		New: func(f *flag.FlagSet) harness.Runner {
			o := &options{settle: time.Second}
			o.flags(f)
			return o
		},
	}
}

// bench is one run of the suite.
type bench struct {
	options
	*harness.Session
	redis    *process.Redis
	answer   answer.Answer // the expected answer of every program
	subjects []*subject
	run      *Run
}

// prepare builds the programs and starts Redis.
func (b *bench) prepare(ctx context.Context) (err error) {
	if err := b.build(ctx); err != nil {
		return err
	}
	if b.redis, err = process.StartRedis(ctx, b.Dir); err != nil {
		return err
	}
	b.run = &Run{
		Machine: report.ThisMachine(b.redis.Version),
		Settings: Settings{
			Connections: b.connections, Duration: b.duration, Warmup: b.warmup, Rounds: b.rounds, Boots: b.boots,
		},
		Baseline: baseline,
	}
	for _, s := range b.subjects {
		b.run.Servers = append(b.run.Servers, s.measured)
	}
	return nil
}

// build compiles the programs that take part, each package once.
func (b *bench) build(ctx context.Context) error {
	type built struct {
		binary string
		size   int64
	}
	done := map[string]built{}
	for _, p := range programs() {
		if !b.only.Selects(p.name) {
			continue
		}
		source := filepath.Join(p.dir, p.pkg)
		program, ok := done[source]
		if !ok {
			b.Say("building %s", p.pkg)
			program.binary = filepath.Join(b.Dir, fmt.Sprintf("server%d", len(done)))
			var err error
			if program.size, err = process.Build(ctx, p.dir, p.pkg, program.binary); err != nil {
				return err
			}
			done[source] = program
		}
		b.subjects = append(b.subjects, newSubject(p, program.binary, program.size, len(b.subjects)))
	}
	for _, p := range b.peers {
		b.subjects = append(b.subjects, &subject{url: p.url, measured: &Server{Name: p.name}})
	}
	return nil
}

// stop stops all servers and Redis.
func (b *bench) stop() {
	for _, s := range b.subjects {
		s.stop()
	}
	if b.redis != nil {
		b.redis.Stop()
	}
}

// answerFile returns the name of the file with the expected answer.
func (b *bench) answerFile() string { return filepath.Join(b.Dir, "answer.json") }
