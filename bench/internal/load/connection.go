package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
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
	plain := &net.Dialer{Timeout: answerGrace}
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

func (d *dialer) dial(ctx context.Context) (net.Conn, error) {
	return d.dialing.DialContext(ctx, "tcp", d.address)
}
