package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"time"
)

// dialer opens connections to one server, and holds the request for it.
type dialer struct {
	address string
	request []byte
	dialing interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	}
}

func newDialer(rawURL string) (*dialer, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	plain := &net.Dialer{Timeout: grace}
	d := &dialer{dialing: plain}
	port := "80"
	switch u.Scheme {
	case "http":
	case "https":
		port = "443"
		d.dialing = &tls.Dialer{NetDialer: plain, Config: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
	default:
		return nil, fmt.Errorf("%s: the scheme must be http or https", rawURL)
	}
	if u.Port() != "" {
		port = u.Port()
	}
	d.address = net.JoinHostPort(u.Hostname(), port)
	d.request = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", u.RequestURI(), u.Host)
	return d, nil
}

// connection is one connection to the server.
type connection struct {
	conn   net.Conn
	reader *bufio.Reader
	stop   func() bool
}

// dial opens a connection that fails from the end of ctx on.
func (d *dialer) dial(ctx context.Context) (*connection, error) {
	conn, err := d.dialing.DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, err
	}
	return &connection{
		conn: conn, reader: bufio.NewReader(conn),
		stop: context.AfterFunc(ctx, func() { _ = conn.Close() }),
	}, nil
}

// limit makes everything on the connection fail from the time on.
func (c *connection) limit(t time.Time) { _ = c.conn.SetDeadline(t) }

func (c *connection) close() {
	c.stop()
	_ = c.conn.Close()
}
