package pgtest

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Pause suspends the server's processes: the kernel accepts and keeps connections, but
// the server does not answer. Resume resumes them, at the end of the test at the
// latest.
func (d *Dedicated) Pause() {
	d.tb.Helper()
	d.tb.Cleanup(d.Resume) // before the kill, because a suspended process does not handle its signal
	d.all(syscall.SIGSTOP)
}

// Resume resumes a paused server.
func (d *Dedicated) Resume() {
	d.tb.Helper()
	if d.process != nil {
		d.all(syscall.SIGCONT)
	}
}

// all sends a signal to the server, and then to the processes of its connections.
func (d *Dedicated) all(signal syscall.Signal) {
	d.tb.Helper()
	text, err := os.ReadFile(filepath.Join(d.dir, "postmaster.pid"))
	if err != nil {
		d.tb.Fatalf("pgtest: %v", err)
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	server, err := strconv.Atoi(string(first))
	if err != nil {
		d.tb.Fatalf("pgtest: %v", err)
	}
	if err := syscall.Kill(server, signal); err != nil {
		d.tb.Fatalf("pgtest: %v", err)
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		stat, _ := os.ReadFile(file) // the process may be gone
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		if len(fields) > 1 && fields[1] == string(first) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
				_ = syscall.Kill(pid, signal)
			}
		}
	}
}
