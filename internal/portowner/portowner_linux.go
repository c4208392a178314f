package portowner

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// find returns the process that listens on a TCP port, as far as /proc shows it to this
// user. See proc_pid_net(5) and proc_pid_fd(5).
func find(port int) (Process, bool) {
	inodes := listeners(port)
	if len(inodes) == 0 {
		return Process{}, false
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return Process{}, false
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		inode, isSocket := strings.CutPrefix(target, "socket:[")
		if err != nil || !isSocket || !inodes[strings.TrimSuffix(inode, "]")] {
			continue
		}
		folder := filepath.Dir(filepath.Dir(link))
		pid, err := strconv.Atoi(filepath.Base(folder))
		if err != nil {
			continue
		}
		name, _ := os.ReadFile(filepath.Join(folder, "comm")) // without it, the number has to do
		return Process{PID: pid, Name: string(bytes.TrimSpace(name))}, true
	}
	return Process{}, false
}

// listeners returns the inodes of the sockets that listen on a port.
func listeners(port int) map[string]bool {
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		for lines.Scan() {
			const listening = "0A"
			fields := strings.Fields(lines.Text())
			if len(fields) < 10 || fields[3] != listening {
				continue
			}
			_, hex, _ := strings.Cut(fields[1], ":")
			if n, err := strconv.ParseUint(hex, 16, 16); err == nil && int(n) == port {
				inodes[fields[9]] = true
			}
		}
	}
	return inodes
}
