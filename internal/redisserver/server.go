// Package redisserver is a Redis server inside the process. It reads the
// requests of clients and answers itself what concerns connections,
// transactions, messages, scripts, time and patterns; the commands on data it
// has miniredis run, one at a time. No request ends the process: requests are
// bounded, a panic in a command becomes an error, and a script can be killed.
package redisserver

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a running server.
type Server struct {
	listener net.Listener
	started  time.Time
	lock     commandLock // guards what follows, except where it says otherwise
	data     *engine
	hub      *hub
	scripts  scripts
	waiters  []*waiter
	config   map[string]string
	stats    statistics // atomic

	all    sync.WaitGroup
	closed chan struct{}
	once   sync.Once
	mu     sync.Mutex // guards clients
	last   int64
	// clients are the open connections by their ids.
	clients map[int64]*client
}

type statistics struct{ connections, commands atomic.Int64 }

// Start starts an empty server at an address, "127.0.0.1:0" for instance.
func Start(addr string) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	data, err := newEngine()
	if err != nil {
		return nil, fmt.Errorf("start miniredis: %w", err)
	}
	s := &Server{
		listener: l, started: time.Now(), lock: newCommandLock(), data: data, hub: newHub(), scripts: newScripts(),
		config: defaultConfig(), closed: make(chan struct{}), clients: map[int64]*client{},
	}
	s.all.Go(s.accept)
	return s, nil
}

// Addr returns the server's host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Port returns the server's port.
func (s *Server) Port() string {
	_, port, _ := net.SplitHostPort(s.Addr())
	return port
}

// Close ends all connections and the server, whose data is gone. Only a script
// that has been killed inside of one call of a library may go on until that call
// returns.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.closed)
		_ = s.listener.Close()
		s.scripts.kill(errServerCloses)
		for _, c := range s.connections() {
			c.close()
		}
	})
	s.all.Wait()
	s.data.close()
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			select {
			case <-s.closed:
				return
			case <-time.After(10 * time.Millisecond): // out of file descriptors, say
				continue
			}
		}
		s.add(conn)
	}
}

// add serves a connection, unless the server is closing.
func (s *Server) add(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
		_ = conn.Close()
		return
	default:
	}
	s.last++
	s.stats.connections.Add(1)
	c := newClient(s, conn, s.last)
	s.clients[c.id] = c
	c.start()
}

func (s *Server) remove(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c.id)
}

// connections returns the open connections.
func (s *Server) connections() []*client {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*client, 0, len(s.clients))
	for _, c := range s.clients {
		all = append(all, c)
	}
	return all
}
