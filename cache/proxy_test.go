package cache_test

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// proxy stands between a client and Redis, and breaks things.
type proxy struct {
	listener net.Listener
	server   string

	mu    sync.Mutex
	conns map[net.Conn]bool
	// drop is what a request contains whose reply is to be lost, once.
	drop  []byte
	reset bool          // lose it by closing the connection, instead of by silence
	deaf  bool          // a black hole: nothing goes through, new connections are taken
	lag   time.Duration // how much later replies arrive
	lost  int
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: server, conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.cut()
		wg.Wait()
	})
	return p
}

func (p *proxy) url() string { return "redis://" + p.listener.Addr().String() }

// dropReply loses the reply to the next request that contains what.
func (p *proxy) dropReply(what string, reset bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop, p.reset = []byte(what), reset
}

// blackHole makes the proxy swallow everything, or stop to.
func (p *proxy) blackHole(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = on
}

// setLag makes replies arrive later.
func (p *proxy) setLag(lag time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lag = lag
}

func (p *proxy) losses() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// cut closes all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// serve copies both ways. What was swallowed once leaves the connection mute.
func (p *proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		client.Close()
		return
	}
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	mute := &sync.Map{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.pump(server, client, mute, true)
	}()
	p.pump(client, server, mute, false)
	<-done
	p.mu.Lock()
	delete(p.conns, client)
	delete(p.conns, server)
	p.mu.Unlock()
}

func (p *proxy) pump(to, from net.Conn, mute *sync.Map, requests bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		deaf, reset, lag := p.deaf, p.reset, p.lag
		hit := requests && len(p.drop) > 0 && bytes.Contains(buf[:n], p.drop)
		if hit {
			p.drop = nil
			p.lost++
		}
		p.mu.Unlock()
		if deaf {
			mute.Store("all", true)
		}
		if hit {
			mute.Store("replies", reset)
		}
		if _, ok := mute.Load("all"); ok {
			continue
		}
		if reset, ok := mute.Load("replies"); ok && !requests {
			if reset.(bool) {
				return
			}
			continue
		}
		if lag > 0 && !requests {
			<-time.After(lag)
		}
		if _, err := io.Copy(to, bytes.NewReader(buf[:n])); err != nil {
			return
		}
	}
}
