package portowner_test

import (
	"net"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/portowner"
)

func TestFind(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("ports have no known owners here")
	}
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("%s: %v", address, err) // without IPv6
			continue
		}
		port := l.Addr().(*net.TCPAddr).Port
		got, found := portowner.Find(port)
		if !found || got.PID != os.Getpid() || !strings.HasPrefix(got.String(), "portowner.test (pid ") {
			t.Errorf("port %d has %v, %v", port, got, found)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if got, found := portowner.Find(port); found && got.PID == os.Getpid() {
			t.Errorf("the closed port %d has %v", port, got)
		}
	}
}

func TestString(t *testing.T) {
	if got := (portowner.Process{PID: 7}).String(); got != "the process 7" {
		t.Error(got)
	}
}
