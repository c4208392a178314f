package sockets

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
)

// bootLimit is how long a node may take to its first answer.
const bootLimit = 30 * time.Second

// node is a running server.
type node struct {
	*process.Process
	address string
}

// startNode starts one more node of a contender, and probes its messages.
func startNode(ctx context.Context, b *bench, c *contender) error {
	port, err := process.FreePort()
	if err != nil {
		return err
	}
	const host = "127.0.0.1"
	args, env := c.command(host, strconv.Itoa(port), b.redis.URL(c.database))
	p, err := process.Start(process.Command{
		Path: c.binary, Args: args, Env: env, Dir: b.Dir,
		Log: filepath.Join(b.Dir, fmt.Sprintf("%s%d.log", c.name, len(c.nodes)+1)),
	})
	if err != nil {
		return err
	}
	n := &node{p, fmt.Sprintf("%s:%d", host, port)}
	c.nodes = append(c.nodes, n)
	if err := p.Await(ctx, bootLimit, n.listens); err != nil {
		return err
	}
	if err := wire.Probe(ctx, n.address); err != nil {
		return fmt.Errorf("%w%s", err, p.Printed())
	}
	return nil
}

// listens returns an error until the node listens.
func (n *node) listens(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", n.address)
	if err != nil {
		return err
	}
	return conn.Close()
}
