package redistest_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/redistest"
)

// TestServerDiesWithTheTestBinary runs itself as a child that ends without any
// cleanup, and looks for the server that the child has started.
func TestServerDiesWithTheTestBinary(t *testing.T) {
	const child = "REDISTEST_CHILD"
	if os.Getenv(child) != "" {
		os.Stdout.WriteString("\naddr=" + redistest.Start(t).Addr() + "\n")
		os.Exit(0)
	}
	if !redistest.Available() {
		t.Skip("redis-server is not installed")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerDiesWithTheTestBinary$")
	cmd.Env = append(os.Environ(), child+"=1", "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	_, after, found := strings.Cut(string(out), "\naddr=")
	if err != nil || !found {
		t.Fatalf("the child: %v\n%s", err, out)
	}
	addr, _, _ := strings.Cut(after, "\n")

	deadline := time.Now().Add(10 * time.Second)
	for {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return
		}
		c.Close()
		if time.Now().After(deadline) {
			t.Fatalf("the server at %s outlives the test binary", addr)
		}
	}
}
