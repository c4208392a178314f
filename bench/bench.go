package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/keryx-go/keryx/bench/internal/answer"
	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// harness is one run of the benchmark.
type harness struct {
	options
	dir      string // for binaries, logs and answers; removed at the end
	progress *progress
	redis    *process.Redis
	answer   answer.Answer // what every program has to answer
	subjects []*subject
	run      *report.Run
}

// bench runs the benchmark: the table goes to out, what is going on to log.
func bench(ctx context.Context, o options, out, log io.Writer) error {
	dir, err := os.MkdirTemp("", "keryx-bench-")
	if err != nil {
		return err
	}
	h := &harness{
		options: o, dir: dir, answer: answer.Default(),
		progress: &progress{to: log, start: time.Now()},
	}
	defer h.stop()
	if err := h.prepare(ctx); err != nil {
		return err
	}
	for _, phase := range []func(context.Context) error{h.boot, h.start, h.load, h.weigh} {
		if err := phase(ctx); err != nil {
			return err
		}
	}
	fmt.Fprint(out, h.run.Text())
	return h.publish()
}

// prepare builds the programs and starts Redis.
func (h *harness) prepare(ctx context.Context) (err error) {
	if err := h.build(ctx); err != nil {
		return err
	}
	if h.redis, err = process.StartRedis(ctx, h.dir); err != nil {
		return err
	}
	h.run = &report.Run{
		Command: h.command,
		Machine: report.Machine{
			Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
			Go: runtime.Version(), Redis: h.redis.Version,
		},
		Settings: report.Settings{
			Connections: h.connections, Duration: h.duration, Warmup: h.warmup, Rounds: h.rounds, Boots: h.boots,
		},
		Baseline: baseline,
	}
	for _, s := range h.subjects {
		h.run.Servers = append(h.run.Servers, s.measured)
	}
	return nil
}

// build compiles the programs that take part, each package once.
func (h *harness) build(ctx context.Context) error {
	type built struct {
		binary string
		size   int64
	}
	done := map[string]built{}
	for _, p := range programs() {
		if !h.selected(p.name) {
			continue
		}
		source := filepath.Join(p.dir, p.pkg)
		b, ok := done[source]
		if !ok {
			h.progress.printf("building %s", p.pkg)
			b.binary = filepath.Join(h.dir, fmt.Sprintf("server%d", len(done)))
			var err error
			if b.size, err = process.Build(ctx, p.dir, p.pkg, b.binary); err != nil {
				return err
			}
			done[source] = b
		}
		h.subjects = append(h.subjects, newSubject(p, b.binary, b.size, len(h.subjects)))
	}
	for _, p := range h.peers {
		h.subjects = append(h.subjects, &subject{url: p.url, measured: &report.Server{Name: p.name}})
	}
	return nil
}

// stop ends everything that the harness has started.
func (h *harness) stop() {
	for _, s := range h.subjects {
		s.stop()
	}
	if h.redis != nil {
		h.redis.Stop()
	}
	_ = os.RemoveAll(h.dir)
}
