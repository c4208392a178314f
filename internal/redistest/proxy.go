package redistest

import (
	"net"
	"sync"
	"testing"
)

// Proxy stands between clients and a server, so that a test can separate them. It keeps
// the data that it does not forward: as in a network that loses packets, a connection
// that lasts loses nothing.
type Proxy struct {
	tb       testing.TB
	listener net.Listener
	wg       sync.WaitGroup

	mu       sync.Mutex
	changed  *sync.Cond
	target   string
	held     [2]bool // by direction
	conns    map[net.Conn]bool
	released bool // the test has ended
}

// Direction is a direction through a [Proxy].
type Direction int

const (
	ToServer Direction = iota
	ToClient
)

// NewProxy starts a proxy in front of a server. It ends with the test.
func NewProxy(tb testing.TB, s *Server) *Proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	p := &Proxy{tb: tb, listener: l, target: s.Addr(), conns: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	p.wg.Go(p.accept)
	tb.Cleanup(p.close)
	return p
}

// URL returns the redis:// URL of the server behind the proxy.
func (p *Proxy) URL() string { return "redis://" + p.listener.Addr().String() }

// Switch leads new connections to another server, and keeps the existing ones.
func (p *Proxy) Switch(s *Server) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = s.Addr()
}

// Cut closes all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// Hold stops forwarding in the directions.
func (p *Proxy) Hold(directions ...Direction) { p.hold(true, directions) }

// Release forwards the held data, and then new data.
func (p *Proxy) Release(directions ...Direction) { p.hold(false, directions) }

func (p *Proxy) hold(held bool, directions []Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range directions {
		p.held[d] = held
	}
	p.changed.Broadcast()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		target := p.target
		p.mu.Unlock()
		server, err := net.Dial("tcp", target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.wg.Go(func() { p.forward(server, client, ToServer) })
		p.wg.Go(func() { p.forward(client, server, ToClient) })
	}
}

// forward copies until either end is closed, and then closes the other.
func (p *Proxy) forward(to, from net.Conn, d Direction) {
	defer to.Close()
	defer from.Close()
	p.mu.Lock()
	p.conns[from] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, from)
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		p.wait(d)
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wait blocks while the direction is held.
func (p *Proxy) wait(d Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.held[d] && !p.released {
		p.changed.Wait()
	}
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.released = true
	p.changed.Broadcast()
	p.mu.Unlock()
	p.Cut()
	p.wg.Wait()
}
