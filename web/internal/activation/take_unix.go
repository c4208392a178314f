//go:build unix

package activation

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	firstFD = 3
	maxFDs  = 1024
)

// taking is held while the variables are read and unset.
var taking sync.Mutex

// Take returns the inherited sockets to the first caller in the process, and none to
// later ones: it unsets the variables, so that a child process does not take the sockets
// for its own. They are ignored when LISTEN_PID is set and is the id of another
// process. A parent that is no init system cannot know the id of its child in advance,
// so LISTEN_PID may be absent.
func Take() (*Sockets, error) {
	taking.Lock()
	defer taking.Unlock()
	count, pid := os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_PID")
	if count == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return &Sockets{}, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > maxFDs {
		return nil, fmt.Errorf("LISTEN_FDS=%q: expected the number of the sockets that the process inherits; unset it if there are none", count)
	}
	for _, name := range []string{"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(name) // it fails for an invalid name only
	}
	s := &Sockets{}
	for fd := firstFD; fd < firstFD+n; fd++ {
		syscall.CloseOnExec(fd)
		s.files = append(s.files, os.NewFile(uintptr(fd), fmt.Sprintf("file descriptor %d (LISTEN_FDS=%d)", fd, n)))
	}
	return s, nil
}

// listens reports whether a socket listens.
func listens(l *net.TCPListener) bool {
	raw, err := l.SyscallConn()
	if err != nil {
		return false
	}
	value := 0
	_ = raw.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ACCEPTCONN) })
	return err != nil || value != 0 // a system that cannot say so is believed
}
