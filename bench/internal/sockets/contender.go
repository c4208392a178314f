package sockets

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/keryx-go/keryx/bench/internal/process"
)

// program is a server that the suite builds and starts.
type program struct {
	name string
	// pkg is the package of this module.
	pkg string
	// command returns the arguments and the environment of a node.
	command func(host, port, redis string) (args, env []string)
	// ours programs are highlighted in the chart.
	ours bool
}

// baseline is the program that the others are compared with.
const baseline = "by-hand"

// programs returns the servers. They send the same messages. Only the framework needs
// settings, because it limits the messages of a socket, and logs.
func programs() []program {
	return []program{
		{name: baseline, pkg: "./servers/sockets/byhand", command: func(host, port, redis string) ([]string, []string) {
			return []string{"--listen", host + ":" + port, "--redis", redis}, process.Environment()
		}},
		{name: "keryx", pkg: "./servers/sockets/keryx", ours: true, command: func(host, port, redis string) ([]string, []string) {
			return []string{"start"}, process.Environment(
				"WEB_SERVER_HOST="+host, "WEB_SERVER_PORT="+port, "REDIS_URL="+redis,
				"LOG_LEVEL=warn", "WS_MAX_MESSAGES_PER_SECOND=0",
			)
		}},
	}
}

func names() []string {
	var names []string
	for _, p := range programs() {
		names = append(names, p.name)
	}
	return names
}

// contender is a program in the run, with its nodes.
type contender struct {
	program
	binary   string
	database int    // of Redis
	channel  string // news or kept; empty means news
	nodes    []*node
}

// build compiles the programs that take part.
func build(ctx context.Context, b *bench) error {
	for i, p := range programs() {
		if !b.only.Selects(p.name) {
			continue
		}
		b.Say("building %s", p.pkg)
		c := &contender{program: p, binary: filepath.Join(b.Dir, p.name), database: i}
		if _, err := process.Build(ctx, ".", p.pkg, c.binary); err != nil {
			return err
		}
		b.contenders = append(b.contenders, c)
	}
	return nil
}

// startNodes starts nodes until every contender has n.
func startNodes(ctx context.Context, b *bench, n int) error {
	for _, c := range b.contenders {
		if err := startUpTo(ctx, b, c, n); err != nil {
			return err
		}
	}
	return nil
}

// startUpTo starts nodes until a contender has n.
func startUpTo(ctx context.Context, b *bench, c *contender, n int) error {
	for len(c.nodes) < n {
		if err := startNode(ctx, b, c); err != nil {
			return fmt.Errorf("node %d of %s: %w", len(c.nodes)+1, c.name, err)
		}
	}
	return nil
}

func stopNodes(b *bench) {
	for _, c := range b.contenders {
		c.stop()
	}
}

func (c *contender) stop() {
	for _, n := range c.nodes {
		n.Stop()
	}
	c.nodes = nil
}

// cpu returns the processor time that the first n nodes have used.
func (c *contender) cpu(n int) (time.Duration, error) {
	var all time.Duration
	for _, node := range c.nodes[:n] {
		used, err := process.CPU(node.PID())
		if err != nil {
			return 0, fmt.Errorf("%s: %w", c.name, err)
		}
		all += used
	}
	return all, nil
}

// addresses returns where the nodes listen.
func (c *contender) addresses() []string {
	var all []string
	for _, n := range c.nodes {
		all = append(all, n.address)
	}
	return all
}
