package redisserver

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// client is one connection. One goroutine reads requests, one runs them, one
// writes.
type client struct {
	srv     *Server
	conn    net.Conn
	out     *outbox
	id      int64
	since   time.Time
	session *session
	gone    chan struct{} // closed when the client has hung up
	once    sync.Once
	leaving bool // after QUIT

	// The rest is guarded by the command lock.
	name     string
	tx       *transaction
	watching []keyOf
	touched  bool // a watched key has gone in a way that miniredis does not see
	waiting  *waiter
	seen     time.Time
	command  string
}

func newClient(s *Server, conn net.Conn, id int64) *client {
	c := &client{srv: s, conn: conn, out: newOutbox(conn), id: id, since: time.Now(), gone: make(chan struct{})}
	c.session = &session{srv: s, view: newView(), client: c, version: 2}
	return c
}

func (c *client) start() {
	requests := make(chan request)
	c.srv.all.Go(c.out.run)
	c.srv.all.Go(func() { c.read(requests) })
	c.srv.all.Go(func() { c.serve(requests) })
}

// request is what was read: arguments, or the error that ends the connection.
type request struct {
	args []string
	err  resp.ProtocolError
}

func (c *client) read(requests chan<- request) {
	defer close(requests)
	defer close(c.gone)
	r := resp.NewReader(c.conn)
	for {
		args, err := r.Next()
		next := request{args: args}
		if err != nil && !errors.As(err, &next.err) {
			return
		}
		select {
		case requests <- next:
		case <-c.srv.closed:
			return
		}
		if err != nil {
			return
		}
	}
}

func (c *client) serve(requests <-chan request) {
	defer c.end()
	for next := range requests {
		if next.err != "" {
			c.out.reply(resp.Err("ERR "+next.err.Error()).Append(nil, 2))
			c.out.finish()
			break
		}
		if c.leaving {
			continue // until the client hangs up, or the writer does
		}
		if reply := c.handle(next.args); len(reply) > 0 {
			c.out.reply(reply)
		}
		if c.leaving {
			c.out.finish()
		}
	}
	for range requests { // lets the reader go on to its end
	}
}

// end takes the client out of everything that knows it.
func (c *client) end() {
	c.out.finish()
	c.srv.lock.wait()
	c.srv.hub.leave(c)
	c.srv.lock.release()
	c.srv.remove(c)
}

// close hangs up.
func (c *client) close() {
	c.once.Do(func() {
		c.out.abort()
		_ = c.conn.Close()
	})
}

// handle runs a request and returns the encoded reply.
func (c *client) handle(args []string) []byte {
	c.srv.stats.commands.Add(1)
	if !c.srv.lock.acquire() {
		return c.busy(args).Append(nil, c.session.version)
	}
	reply := c.session.request(args).Append(nil, c.session.version)
	waiting := c.waiting
	c.waiting = nil
	serveWaiters(c.srv)
	c.srv.lock.release()
	if waiting != nil {
		return waiting.wait().Append(nil, c.session.version)
	}
	return reply
}

// busy answers while a script takes long.
func (c *client) busy(args []string) resp.Value {
	if len(args) == 2 && fold(args[0]) == "script" && fold(args[1]) == "kill" {
		c.srv.scripts.kill(errKilled)
		return resp.OK()
	}
	return resp.Err("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
}

// String returns what CLIENT LIST says of a client.
func (c *client) String() string {
	transaction := -1
	if c.tx != nil {
		transaction = len(c.tx.requests)
	}
	hub := c.srv.hub
	return fmt.Sprintf("id=%d addr=%s laddr=%s name=%s age=%d idle=%d flags=N db=%d sub=%d psub=%d ssub=%d multi=%d cmd=%s user=default resp=%d",
		c.id, c.conn.RemoteAddr(), c.conn.LocalAddr(), c.name, int(time.Since(c.since).Seconds()), int(time.Since(c.seen).Seconds()), c.session.view.db,
		len(hub.of(c, toChannel)), len(hub.of(c, toPattern)), len(hub.of(c, toShard)), transaction, c.command, c.session.version)
}
