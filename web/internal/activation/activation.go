// Package activation takes the sockets that a process inherits by the protocol of
// systemd's socket activation (sd_listen_fds(3)): LISTEN_FDS is their number, and they
// are the file descriptors from 3 on.
package activation

import (
	"fmt"
	"net"
	"os"
)

// Sockets are the inherited sockets of a process. The zero value has none.
type Sockets struct{ files []*os.File }

// Listeners returns a listener for each socket. Each call returns new ones, so that a
// server can start again.
func (s *Sockets) Listeners() ([]*net.TCPListener, error) {
	var listeners []*net.TCPListener
	for _, f := range s.files {
		l, err := listener(f)
		if err != nil {
			for _, l := range listeners {
				_ = l.Close()
			}
			return nil, err
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

func listener(f *os.File) (*net.TCPListener, error) {
	const hint = "a systemd unit passes one with ListenStream= and a port"
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("%s is not a listening TCP socket: %w; %s", f.Name(), err, hint)
	}
	tcp, ok := l.(*net.TCPListener)
	if ok && listens(tcp) {
		return tcp, nil
	}
	_ = l.Close()
	if ok {
		return nil, fmt.Errorf("%s is not a listening TCP socket: it is a connection; Accept=yes of a systemd unit makes those, and Accept=no is needed", f.Name())
	}
	return nil, fmt.Errorf("%s is not a listening TCP socket: it is of the network %q; %s", f.Name(), l.Addr().Network(), hint)
}
