package lazyconn_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/web/internal/lazyconn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair returns both ends of a connection, the server's being lazy.
func pair(tb testing.TB) (server *lazyconn.Conn, client net.Conn) {
	tb.Helper()
	l := listen(tb)
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _, _, _ = client.Close(), accepted.Close(), l.Close() })
	return accepted.(*lazyconn.Conn), client
}

func listen(tb testing.TB) net.Listener {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return lazyconn.NewListener(l)
}

// reading reads into n bytes in another goroutine.
func reading(c net.Conn, n int) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, n))
		done <- err
	}()
	return done
}

// timesOut wants a read to end with a timeout, not before the time.
func timesOut(t *testing.T, done <-chan error, notBefore time.Time) {
	t.Helper()
	select {
	case err := <-done:
		var n net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &n) || !n.Timeout() {
			t.Errorf("the read ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the read did not end")
	}
	if early := time.Until(notBefore); early > 0 {
		t.Errorf("it was %v early", early)
	}
}

func in(d time.Duration) time.Time { return time.Now().Add(d) }

const soon, later = 40 * time.Millisecond, 120 * time.Millisecond

// TestDeadlines of a lazy connection are kept, in whatever order they are set.
func TestDeadlines(t *testing.T) {
	for name, deadlines := range map[string]func(c net.Conn) time.Time{
		"one":        func(c net.Conn) time.Time { at := in(soon); _ = c.SetReadDeadline(at); return at },
		"both sides": func(c net.Conn) time.Time { at := in(soon); _ = c.SetDeadline(at); return at },
		"an earlier one": func(c net.Conn) time.Time {
			_ = c.SetReadDeadline(in(time.Hour))
			at := in(soon)
			_ = c.SetReadDeadline(at)
			return at
		},
		"a later one": func(c net.Conn) time.Time {
			_ = c.SetReadDeadline(in(soon))
			at := in(later)
			_ = c.SetReadDeadline(at)
			return at
		},
		"after none": func(c net.Conn) time.Time {
			_ = c.SetReadDeadline(in(soon))
			_ = c.SetReadDeadline(time.Time{})
			at := in(later)
			_ = c.SetReadDeadline(at)
			return at
		},
		"a past one": func(c net.Conn) time.Time { _ = c.SetReadDeadline(in(-time.Second)); return time.Time{} },
		"long past":  func(c net.Conn) time.Time { _ = c.SetReadDeadline(time.Unix(1, 0)); return time.Time{} },
	} {
		for _, size := range []int{1, 100} {
			t.Run(fmt.Sprint(name, " reading ", size), func(t *testing.T) {
				c, _ := pair(t)
				at := deadlines(c)
				timesOut(t, reading(c, size), at)
				at = deadlines(c) // once more
				timesOut(t, reading(c, size), at)
			})
			t.Run(fmt.Sprint(name, " while reading ", size), func(t *testing.T) {
				c, _ := pair(t)
				_ = c.SetReadDeadline(in(time.Hour))
				done := reading(c, size)
				timesOut(t, done, deadlines(c))
			})
			t.Run(fmt.Sprint(name, " released reading ", size), func(t *testing.T) {
				c, _ := pair(t)
				at := deadlines(c)
				tcp, err := c.Release()
				if err != nil {
					t.Fatal(err)
				}
				timesOut(t, reading(tcp, size), at)
				at = deadlines(c)
				timesOut(t, reading(tcp, size), at)
				at = deadlines(tcp)
				timesOut(t, reading(c, size), at)
			})
		}
	}
}

// TestNoDeadline: one that was set before and is not any more ends nothing.
func TestNoDeadline(t *testing.T) {
	for _, size := range []int{1, 100} {
		c, client := pair(t)
		_ = c.SetReadDeadline(in(soon))
		first := reading(c, size)
		_ = c.SetReadDeadline(time.Time{})
		select {
		case err := <-first:
			t.Fatalf("the read ended with %v", err)
		case <-time.After(2 * soon):
		}
		_, _ = client.Write([]byte("x"))
		if err := <-first; err != nil {
			t.Error(err)
		}
	}
}

// TestASingleByte comes though its read is put off, and the reader is free as soon
// as it is wanted back.
func TestASingleByte(t *testing.T) {
	c, client := pair(t)
	_, _ = client.Write([]byte("ab"))
	for _, want := range "ab" {
		got := make([]byte, 1)
		if _, err := c.Read(got); err != nil || got[0] != byte(want) {
			t.Fatalf("read %q, %v", got, err)
		}
	}
	for range 1000 { // mostly before the read has begun
		done := reading(c, 1)
		_ = c.SetReadDeadline(time.Unix(1, 0))
		timesOut(t, done, time.Time{})
		_ = c.SetReadDeadline(time.Time{})
	}
	_, _ = client.Write([]byte("c"))
	if err := <-reading(c, 1); err != nil {
		t.Error(err)
	}
	done := reading(c, 1)
	_ = c.Close()
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the read of a closed connection ended with %v", err)
	}
}

// TestOtherConnections are left as they are.
func TestOtherConnections(t *testing.T) {
	inner, err := net.Listen("unix", t.TempDir()+"/socket")
	if err != nil {
		t.Fatal(err)
	}
	l := lazyconn.NewListener(inner)
	defer l.Close()
	client, err := net.Dial("unix", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	if _, ok := accepted.(*net.UnixConn); !ok {
		t.Errorf("accepted a %T", accepted)
	}
}

// serve runs a server of net/http on a lazy listener.
func serve(tb testing.TB, l net.Listener, s *http.Server) (address string) {
	tb.Helper()
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(l)
	}()
	tb.Cleanup(func() {
		_ = s.Close()
		<-served
	})
	return l.Addr().String()
}

// TestAClientThatLeaves ends the context of its request, at once and after the
// read was put off.
func TestAClientThatLeaves(t *testing.T) {
	for _, wait := range []time.Duration{0, 30 * time.Millisecond} {
		begun, left := make(chan struct{}), make(chan error, 1)
		address := serve(t, listen(t), &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(begun)
			select {
			case <-r.Context().Done():
				left <- nil
			case <-time.After(10 * time.Second):
				left <- errors.New("nobody noticed")
			}
		})})
		client, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		<-begun
		<-time.After(wait)
		_ = client.Close()
		if err := <-left; err != nil {
			t.Error(err)
		}
	}
}

// TestTimeoutsOfTheServer: one for the header, and one between requests.
func TestTimeoutsOfTheServer(t *testing.T) {
	address := serve(t, listen(t), &http.Server{
		ReadHeaderTimeout: soon, IdleTimeout: later,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }),
	})
	client, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_ = client.SetDeadline(in(10 * time.Second))
	answers := bufio.NewReader(client)
	var idle time.Time
	for range 3 { // longer than the header may take, together
		idle = time.Now()
		_, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		<-time.After(soon * 3 / 4)
	}
	if _, err := answers.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("an idle connection ended with %v", err)
	}
	if took := time.Since(idle); took < later {
		t.Errorf("it was idle for %v only", took)
	}

	slow, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	_ = slow.SetDeadline(in(10 * time.Second))
	_, _ = io.WriteString(slow, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(slow), nil); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(slow, "GET / HT") // and no more
	if said, err := io.ReadAll(slow); err != nil || len(said) > 0 && !bytes.HasPrefix(said, []byte("HTTP/1.1 4")) {
		t.Errorf("half a header ended with %q, %v", said, err)
	}
}

// TestManyRequests side by side, some of them pipelined and some with a body.
func TestManyRequests(t *testing.T) {
	address := serve(t, listen(t), &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s", r.URL.Path, body)
	})})
	var clients sync.WaitGroup
	for i := range 16 {
		clients.Go(func() {
			if err := converse(t.Context(), address, i); err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
}

// converse asks in threes and checks the answers.
func converse(ctx context.Context, address string, i int) error {
	client, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer client.Close()
	answers := bufio.NewReader(client)
	for n := range 100 {
		_, _ = fmt.Fprintf(client, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\nPOST /%[1]d HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n", n)
		_, _ = fmt.Fprintf(client, "%02dGET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i, n)
		for _, sent := range []string{"", fmt.Sprintf("%02d", i), ""} {
			response, err := http.ReadResponse(answers, nil)
			if err != nil {
				return err
			}
			body, err := io.ReadAll(response.Body)
			if want := fmt.Sprintf("/%d %s", n, sent); err != nil || string(body) != want {
				return fmt.Errorf("got %q, %v, want %q", body, err, want)
			}
		}
	}
	return nil
}
