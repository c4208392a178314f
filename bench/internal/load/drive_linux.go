package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// drive keeps the connections of workers busy until the end. Connections without
// encryption share one epoll loop, because parking and waking a goroutine for each
// answer costs more.
func drive(ctx context.Context, workers []*worker, end time.Time) error {
	for _, w := range workers {
		if _, plain := w.conn.(*net.TCPConn); !plain {
			together(ctx, workers, end)
			return nil
		}
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("cannot wait for answers: %w", err)
	}
	defer unix.Close(epoll)
	l := &loop{epoll: epoll, workers: workers, sockets: make([]int, len(workers)), end: end}
	defer l.close()
	return l.run(ctx)
}

// loop serves many connections in turn.
type loop struct {
	epoll   int
	workers []*worker
	sockets []int // the file descriptors of the workers, -1 when they are done
	busy    int   // workers that are not done
	end     time.Time
}

// pollInterval bounds how late the loop notices the end of the context or of the run.
const pollInterval = 20 * time.Millisecond

func (l *loop) run(ctx context.Context) error {
	for i := range l.sockets {
		l.sockets[i] = -1
	}
	for i := range l.workers {
		if err := l.enter(i); err != nil {
			return err
		}
	}
	events := make([]unix.EpollEvent, len(l.workers))
	for l.busy > 0 && ctx.Err() == nil {
		n, err := unix.EpollWait(l.epoll, events, int(pollInterval.Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("cannot wait for answers: %w", err)
		}
		for _, e := range events[:max(n, 0)] {
			l.serve(ctx, int(e.Fd))
		}
		if n <= 0 && time.Now().After(l.end.Add(answerGrace)) {
			l.giveUp()
		}
	}
	return nil
}

// enter takes over the connection of a worker, and sends its first request.
func (l *loop) enter(i int) error {
	w := l.workers[i]
	socket, err := detach(w.conn.(*net.TCPConn))
	w.close()
	if err != nil {
		return fmt.Errorf("cannot take over a connection: %w", err)
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)} // the index of the worker
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, socket, &event); err != nil {
		_ = unix.Close(socket)
		return fmt.Errorf("cannot wait for answers: %w", err)
	}
	l.sockets[i] = socket
	l.busy++
	w.sent = time.Now()
	l.send(i)
	return nil
}

// detach returns the socket of a connection, detached from the runtime's poller.
func detach(c *net.TCPConn) (socket int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	controlErr := raw.Control(func(fd uintptr) {
		socket, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	})
	return socket, errors.Join(controlErr, err)
}

// send sends a request. A write cannot block: the request fits into the kernel's buffer
// unless the server has not read the one before.
func (l *loop) send(i int) {
	w := l.workers[i]
	if n, err := unix.Write(l.sockets[i], w.dialer.request); err != nil || n < len(w.dialer.request) {
		w.fail(fmt.Errorf("the request was not sent: %w", errors.Join(err, io.ErrShortWrite)))
		l.leave(i)
	}
}

// serve reads the data that has arrived for a worker, and sends the next request when
// the answer is complete.
func (l *loop) serve(ctx context.Context, i int) {
	w := l.workers[i]
	reusable, err := l.receive(i)
	if errors.Is(err, errIncomplete) {
		return
	}
	reusable = w.note(reusable, err)
	switch {
	case !w.sent.Before(l.end) || w.errors >= maxErrors:
		l.leave(i)
	case reusable:
		l.send(i)
	default:
		l.leave(i)
		err := w.connect(ctx)
		if err == nil {
			err = l.enter(i)
		}
		if err != nil {
			w.fail(err)
		}
	}
}

// receive reads once, and checks the answer.
func (l *loop) receive(i int) (reusable bool, err error) {
	w := l.workers[i]
	room, err := w.inbox.room()
	if err != nil {
		return false, err
	}
	n, err := unix.Read(l.sockets[i], room)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return true, errIncomplete
	}
	if err != nil {
		return false, err
	}
	w.inbox.came(n)
	return w.inbox.check(n == 0)
}

func (l *loop) leave(i int) {
	_ = unix.Close(l.sockets[i]) // which takes it out of epoll
	l.sockets[i] = -1
	l.busy--
}

// giveUp ends the wait for late answers.
func (l *loop) giveUp() {
	for i, socket := range l.sockets {
		if socket >= 0 {
			l.workers[i].fail(fmt.Errorf("no answer within %v after the end", answerGrace))
			l.leave(i)
		}
	}
}

func (l *loop) close() {
	for i, socket := range l.sockets {
		if socket >= 0 {
			l.leave(i)
		}
	}
}
