// Package lag is a TCP proxy that makes a server on this machine as far away as one on
// a network.
package lag

import (
	"net"
	"sync"
	"time"
)

// Proxy passes connections on to a server. Bytes arrive half a round trip late in each
// direction; later ones do not wait for them.
type Proxy struct {
	listener  net.Listener
	server    string
	roundTrip time.Duration

	all   sync.WaitGroup
	mu    sync.Mutex
	ended bool
	conns map[net.Conn]struct{}
}

// Start starts a proxy for the server at an address. Call Stop.
func Start(server string, roundTrip time.Duration) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, server: server, roundTrip: roundTrip, conns: map[net.Conn]struct{}{}}
	p.all.Go(p.accept)
	return p, nil
}

// Address returns the host and port of the proxy.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Stop closes all connections and waits for their goroutines.
func (p *Proxy) Stop() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.ended = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.all.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		if !p.add(client, server) {
			return
		}
		p.pass(server, client)
		p.pass(client, server)
	}
}

// add keeps both ends of a connection for Stop. It reports false after that.
func (p *Proxy) add(ends ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range ends {
		if p.ended {
			_ = c.Close()
		}
		p.conns[c] = struct{}{}
	}
	return !p.ended
}

// chunk is bytes on their way.
type chunk struct {
	bytes   []byte
	arrives time.Time
}

// pass copies from one end to the other until one is closed.
func (p *Proxy) pass(to, from net.Conn) {
	way := make(chan chunk, 1024)
	p.all.Go(func() {
		defer close(way)
		for {
			buffer := make([]byte, 16<<10)
			n, err := from.Read(buffer)
			if err != nil {
				return
			}
			way <- chunk{buffer[:n], time.Now().Add(p.roundTrip / 2)}
		}
	})
	p.all.Go(func() {
		defer func() {
			_, _ = to.Close(), from.Close()
			for range way { // lets the reader go on to its end
			}
		}()
		for c := range way {
			time.Sleep(time.Until(c.arrives))
			if _, err := to.Write(c.bytes); err != nil {
				return
			}
		}
	})
}
