package load_test

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/bench/internal/load"
)

// scripted starts a server that writes the pieces of each answer one by one, and closes
// the connection afterwards if told to.
func scripted(t *testing.T, closes bool, pieces ...string) load.Target {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answer(conn, closes, pieces)
		}
	}()
	return load.Target{URL: "http://" + listener.Addr().String() + "/", Body: []byte("right")}
}

func answer(conn net.Conn, closes bool, pieces []string) {
	defer conn.Close()
	requests := bufio.NewReader(conn)
	for {
		if _, err := http.ReadRequest(requests); err != nil {
			return
		}
		for _, piece := range pieces {
			if _, err := conn.Write([]byte(piece)); err != nil {
				return
			}
		}
		if closes {
			return
		}
	}
}

func TestRunReadsWholeAnswers(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	for name, test := range map[string]struct {
		closes  bool
		pieces  []string
		message string // of the error; "" when the answers are right
	}{
		"at once":              {false, []string{head + "Content-Length: 5\r\n\r\nright"}, ""},
		"in pieces":            {false, []string{head[:7], head[7:] + "Content-Len", "gth: 5\r\n", "\r\n", "ri", "g", "ht"}, ""},
		"chunked":              {false, []string{head + "Transfer-Encoding: chunked\r\n\r\n2\r\nri\r\n", "3\r\nght\r\n", "0\r\n", "\r\n"}, ""},
		"until the end":        {true, []string{head + "\r\n", "rig", "ht"}, ""},
		"closed with a length": {true, []string{head + "Content-Length: 5\r\nConnection: close\r\n\r\nright"}, ""},
		"a long head":          {false, []string{head + "X-Long: " + strings.Repeat("x", 10_000) + "\r\nContent-Length: 5\r\n\r\nright"}, ""},
		"cut short":            {true, []string{head + "Content-Length: 5\r\n\r\nrig"}, "unexpected EOF"},
		"cut in the head":      {true, []string{head}, "unexpected EOF"},
		"nothing":              {true, nil, ""},
		"too much":             {false, []string{head + "Content-Length: 5\r\n\r\nright and more"}, "9 unexpected bytes follow the answer"},
		"no HTTP":              {false, []string{"+OK\r\n\r\n"}, "malformed HTTP"},
		"without end":          {false, []string{head + "Content-Length: 4000000\r\n\r\n" + strings.Repeat("x", 2_000_000)}, "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, scripted(t, test.closes, test.pieces...))
			if len(test.pieces) > 0 && test.message == "" {
				if r.Errors != 0 || len(r.Latencies) <= connections {
					t.Errorf("%d right, %d errors, first %v", len(r.Latencies), r.Errors, r.FirstError)
				}
				return
			}
			if len(r.Latencies) != 0 || r.FirstError == nil || !strings.Contains(r.FirstError.Error(), test.message) {
				t.Errorf("%d right, the first error is %v, expected %q", len(r.Latencies), r.FirstError, test.message)
			}
		})
	}
}
