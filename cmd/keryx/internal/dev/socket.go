package dev

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/keryx-go/keryx/internal/portowner"
)

// listen listens as the app would.
func listen(ctx context.Context, address string) (*net.TCPListener, error) {
	var plain net.ListenConfig
	plain.SetMultipathTCP(false) // as in package web
	l, err := plain.Listen(ctx, "tcp", address)
	if err == nil {
		return l.(*net.TCPListener), nil
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		return nil, &failure{title: "cannot listen on " + address, text: err.Error() + "; set WEB_SERVER_HOST or WEB_SERVER_PORT", fatal: true}
	}
	_, port, _ := net.SplitHostPort(address)
	text := "set WEB_SERVER_PORT to a free port, or end the process that has this one"
	n, _ := strconv.Atoi(port) // it has been listened to
	if owner, known := portowner.Find(n); known {
		text = fmt.Sprintf("it is in use by %s; end it, or set WEB_SERVER_PORT to a free port", owner)
	}
	return nil, &failure{title: "cannot listen on " + address + ": the port is in use", text: text, fatal: true}
}

// borrowed is the listening socket while `keryx dev` itself answers on it. Closing it
// leaves the socket open.
type borrowed struct{ *net.TCPListener }

// Accept returns the next connection, until giveBack.
func (b borrowed) Accept() (net.Conn, error) {
	c, err := b.TCPListener.Accept()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = net.ErrClosed // not a temporary error
	}
	return c, err
}

// Close does nothing.
func (b borrowed) Close() error { return nil }

// borrow lets Accept wait.
func (b borrowed) borrow() { _ = b.SetDeadline(time.Time{}) } // it fails when it is closed

// giveBack ends Accept.
func (b borrowed) giveBack() { _ = b.SetDeadline(time.Now()) }
