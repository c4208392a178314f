package lag_test

import (
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/lag"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRoundTrip: an answer takes at least the round trip, and bytes that are sent one
// after the other arrive in order, without a round trip each.
func TestRoundTrip(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		c, err := echo.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.Copy(c, c)
	}()
	const roundTrip = 50 * time.Millisecond
	p, err := lag.Start(echo.Addr().String(), roundTrip)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const sent = "one after the other"
	began := time.Now()
	for i := range sent {
		if _, err := c.Write([]byte{sent[i]}); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != sent {
		t.Fatalf("%q, %v", got, err)
	}
	if took := time.Since(began); took < roundTrip {
		t.Errorf("the answer took %v", took)
	}
}
