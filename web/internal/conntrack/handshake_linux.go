package conntrack

import (
	"net"

	"golang.org/x/sys/unix"
)

// synFilter drops TCP segments that have SYN set and ACK not: the first ones of
// new connections. A socket's filter sees a segment from its TCP header on.
var synFilter = []unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13},           // the flags
	{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0x12},        // ACK and SYN
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: 0x02}, // SYN alone
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},                          // drop
	{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},                 // keep
}

// dropNewHandshakes makes the kernel ignore new connections, and complete those
// that have begun. Without it one could come in between the last accept and the
// closing of the socket, and be reset with its request. The client that is
// ignored tries again, a second later, and is refused. Where filters are not
// allowed, nothing changes.
func dropNewHandshakes(l *net.TCPListener) {
	raw, err := l.SyscallConn()
	if err != nil {
		return // it is closed
	}
	_ = raw.Control(func(fd uintptr) {
		program := unix.SockFprog{Len: uint16(len(synFilter)), Filter: &synFilter[0]}
		_ = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
}
