package dev

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// portOwners returns the processes that listen on a port, such as "app (pid 4711)", as
// far as /proc shows them.
func portOwners(port string) []string {
	sockets := listening(port)
	if len(sockets) == 0 {
		return nil
	}
	var owners []string
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		if !hasOpen(dir, sockets) {
			continue
		}
		name, _ := os.ReadFile(filepath.Join(dir, "comm"))
		owners = append(owners, fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), filepath.Base(dir)))
	}
	return owners
}

// hasOpen reports whether a process has one of the sockets open. It does not for the
// processes of others, whose files may not be read.
func hasOpen(dir string, sockets map[string]bool) bool {
	files, _ := os.ReadDir(filepath.Join(dir, "fd"))
	for _, f := range files {
		if target, _ := os.Readlink(filepath.Join(dir, "fd", f.Name())); sockets[target] {
			return true
		}
	}
	return false
}

// listening returns the sockets that listen on a port, as links in /proc name them.
func listening(port string) map[string]bool {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil
	}
	const local, state, inode, listens = 1, 3, 9, "0A" // columns of the table
	suffix := fmt.Sprintf(":%04X", n)
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := os.ReadFile(table)
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) > inode && strings.HasSuffix(fields[local], suffix) && fields[state] == listens {
				sockets["socket:["+fields[inode]+"]"] = true
			}
		}
	}
	return sockets
}
