package sockets

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/report"
	"github.com/keryx-go/keryx/bench/internal/socket"
	"github.com/keryx-go/keryx/bench/internal/sockets/memory"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
)

// Members is the memory of a server's connections, by its own runtime: live objects and
// stacks, in bytes.
type Members struct {
	Name    string `json:"name"`
	Sockets int    `json:"sockets"`
	// Before is the memory without sockets, Open with sockets, Joined when all are
	// subscribed to a channel, and Used after each has received a broadcast.
	Before int64 `json:"beforeBytes"`
	Open   int64 `json:"openBytes"`
	Joined int64 `json:"joinedBytes"`
	Used   int64 `json:"usedBytes"`
}

// each returns the kB of a socket between two states.
func (m *Members) each(from, to int64) float64 { return float64(to-from) / 1000 / float64(m.Sockets) }

// membersMemory measures one new node of each contender.
func membersMemory(ctx context.Context, b *bench) error {
	stopNodes(b)
	for _, c := range b.contenders {
		b.Say("memory of %s in a channel: %s", report.Count(b.members, "socket"), c.name)
		if err := startNode(ctx, b, c); err != nil {
			return fmt.Errorf("a node of %s: %w", c.name, err)
		}
		m, err := measureMembers(ctx, b, c)
		c.stop()
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		b.run.Members = append(b.run.Members, m)
	}
	return nil
}

func measureMembers(ctx context.Context, b *bench, c *contender) (*Members, error) {
	m := &Members{Name: c.name, Sockets: b.members}
	asker, err := socket.Dial(ctx, c.nodes[0].address, "")
	if err != nil {
		return nil, err
	}
	defer asker.Close()
	ask := func(into *int64) error {
		if err := harness.Pause(ctx, b.settle); err != nil {
			return err
		}
		*into, err = askMemory(asker)
		return err
	}
	if err := ask(&m.Before); err != nil {
		return nil, err
	}
	crowd, err := dialCrowd(ctx, c.addresses(), b.members, "")
	defer crowd.close()
	if err != nil {
		return nil, err
	}
	if err := ask(&m.Open); err != nil {
		return nil, err
	}
	if err := crowd.subscribe(news); err != nil {
		return nil, err
	}
	if err := ask(&m.Joined); err != nil {
		return nil, err
	}
	k := newBroadcaster(c, crowd)
	if k.sender, err = socket.Dial(crowd.ctx, c.nodes[0].address, ""); err != nil {
		return nil, err
	}
	defer k.sender.Close()
	crowd.listen()
	if _, err := k.turn(1, time.Nanosecond); err != nil {
		return nil, err
	}
	return m, ask(&m.Used)
}

// askMemory returns the bytes that a node uses.
func askMemory(c *socket.Conn) (int64, error) {
	c.Limit(time.Now().Add(answerLimit))
	if err := c.Send(wire.Memory); err != nil {
		return 0, err
	}
	answer, err := c.Read()
	if err != nil {
		return 0, err
	}
	var told struct{ Response *memory.Use }
	if err := json.Unmarshal(answer, &told); err != nil || told.Response == nil {
		return 0, fmt.Errorf("the server says %s when it is asked for its memory", answer)
	}
	return told.Response.Bytes(), nil
}
