// Package socket is a cheap WebSocket client, because it shares the processors with the
// servers under test. It supports only what the benchmark needs: text messages in one
// frame each. It writes a message with one system call, and returns several messages
// from the buffer of one read.
package socket

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	// firstBuffer fits the answer to a handshake; most sockets need no more.
	firstBuffer = 1 << 10
	// maxFrame is the largest frame of a server, in bytes.
	maxFrame = 1 << 20

	handshakeTimeout = 10 * time.Second
)

// Conn is a WebSocket. One goroutine may read while another writes.
type Conn struct {
	conn net.Conn
	stop func() bool

	in       []byte // in[from:to] was read and not returned yet
	from, to int

	mu  sync.Mutex // guards writing
	out []byte
}

// Dial opens a WebSocket at the root of a server, from a port of the address from; ""
// leaves the choice to the system. The connection fails when ctx ends.
func Dial(ctx context.Context, address, from string) (*Conn, error) {
	dialer := net.Dialer{Timeout: handshakeTimeout}
	if from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &Conn{conn: conn, in: make([]byte, firstBuffer), stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}
	c.Limit(time.Now().Add(handshakeTimeout))
	if err := c.handshake(address); err != nil {
		c.Close()
		return nil, fmt.Errorf("no WebSocket at %s: %w", address, err)
	}
	c.Limit(time.Time{})
	return c, nil
}

// Limit sets a deadline for all reads and writes. The zero time means none.
func (c *Conn) Limit(t time.Time) { _ = c.conn.SetDeadline(t) }

// Close closes the connection without a closing handshake.
func (c *Conn) Close() {
	c.stop()
	_ = c.conn.Close()
}

// The key of all handshakes, and the server's answer to it. They are the example of RFC
// 6455.
const (
	key    = "dGhlIHNhbXBsZSBub25jZQ=="
	accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

func (c *Conn) handshake(host string) error {
	request := "GET / HTTP/1.1\r\nHost: " + host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + "\r\n\r\n"
	if _, err := c.conn.Write([]byte(request)); err != nil {
		return err
	}
	for need := 1; ; need++ {
		if err := c.fill(need); err != nil {
			return err
		}
		need = c.to - c.from
		header, _, complete := bytes.Cut(c.in[c.from:c.to], []byte("\r\n\r\n"))
		if !complete {
			continue
		}
		if !bytes.HasPrefix(header, []byte("HTTP/1.1 101 ")) || !bytes.Contains(header, []byte(accept)) {
			return fmt.Errorf("the server answers %q", header)
		}
		c.from += len(header) + 4
		return nil
	}
}

// The first byte of a frame: its kind, and that it is the last of a message.
const (
	textFrame  = 0x81
	closeFrame = 0x88
	pingFrame  = 0x89
	pongFrame  = 0x8a
)

// Read returns the next message, which is valid until the next call. It answers pings.
// A close frame is an error.
func (c *Conn) Read() ([]byte, error) {
	for {
		kind, payload, err := c.frame()
		if err != nil {
			return nil, err
		}
		switch kind {
		case textFrame:
			return payload, nil
		case pingFrame:
			if err := c.write(pongFrame, payload); err != nil {
				return nil, err
			}
		case pongFrame:
		case closeFrame:
			if len(payload) < 2 {
				return nil, errors.New("the server has closed the WebSocket")
			}
			return nil, fmt.Errorf("the server has closed the WebSocket with %d %q", binary.BigEndian.Uint16(payload), payload[2:])
		default:
			return nil, fmt.Errorf("a frame begins with %#x, which this client does not know", kind)
		}
	}
}

// frame returns the next frame.
func (c *Conn) frame() (kind byte, payload []byte, err error) {
	if err := c.fill(2); err != nil {
		return 0, nil, err
	}
	header, length := 2, int(c.in[c.from+1])
	switch {
	case length == 126:
		header = 4
		if err := c.fill(header); err != nil {
			return 0, nil, err
		}
		length = int(binary.BigEndian.Uint16(c.in[c.from+2:]))
	case length > 126: // this includes a mask, which servers must not use
		return 0, nil, errors.New("a frame is longer than this client takes, or masked")
	}
	if err := c.fill(header + length); err != nil {
		return 0, nil, err
	}
	kind, payload = c.in[c.from], c.in[c.from+header:c.from+header+length]
	c.from += header + length
	return kind, payload, nil
}

// fill reads until at least n bytes are buffered.
func (c *Conn) fill(n int) error {
	if c.to-c.from >= n {
		return nil
	}
	if n > maxFrame {
		return fmt.Errorf("%d bytes at once are too many", n)
	}
	if c.from+n > len(c.in) || c.from == c.to {
		c.makeRoom(n)
	}
	for c.to-c.from < n {
		got, err := c.conn.Read(c.in[c.to:])
		c.to += got
		if err != nil && c.to-c.from < n {
			return err
		}
	}
	return nil
}

// makeRoom moves the unread bytes to the front of a buffer with space for n bytes.
func (c *Conn) makeRoom(n int) {
	to := c.in
	if n > len(to) {
		to = make([]byte, max(n, 2*len(to)))
	}
	c.to = copy(to, c.in[c.from:c.to])
	c.in, c.from = to, 0
}

// Send sends a text message of up to 65,535 bytes.
func (c *Conn) Send(text []byte) error { return c.write(textFrame, text) }

// mask is the key of all frames. RFC 6455 demands a random one against attacks on
// proxies; the cost for a server is the same with any key.
const mask = "kryx"

func (c *Conn) write(kind byte, payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := append(c.out[:0], kind)
	switch n := len(payload); {
	case n < 126:
		out = append(out, 0x80|byte(n))
	case n <= 0xffff:
		out = append(out, 0x80|126, byte(n>>8), byte(n))
	default:
		return fmt.Errorf("a message of %d bytes is too long for this client", n)
	}
	out = append(out, mask...)
	for i, b := range payload {
		out = append(out, b^mask[i%len(mask)])
	}
	c.out = out
	_, err := c.conn.Write(out)
	return err
}
