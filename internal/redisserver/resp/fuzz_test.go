package resp_test

import (
	"bufio"
	"bytes"
	"reflect"
	"testing"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// FuzzReader reads any bytes as requests.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{"PING\r\n", "*1\r\n$4\r\nPING\r\n", "*-1\r\n", "*1\r\n$-1\r\n", "*99999999999999999999\r\n", "\"a\\x00\" 'b\n", "$\n*\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := resp.NewReader(bytes.NewReader(b))
		for {
			args, err := r.Next()
			if err != nil {
				return
			}
			if len(args) == 0 {
				t.Fatal("an empty request")
			}
			again, err := resp.NewReader(bytes.NewReader(resp.Strings(args).Append(nil, 2))).Next()
			if err != nil || !reflect.DeepEqual(again, args) {
				t.Fatalf("%q is read as %q, %v", args, again, err)
			}
		}
	})
}

// FuzzReply reads any bytes as replies. Parse and Complete agree, and what is
// written is read again.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{"+OK\r\n", "*2\r\n:1\r\n$-1\r\n", "%1\r\n+a\r\n,1.5\r\n", "~1\r\n#t\r\n", "=5\r\ntxt:a\r\n", "*1\r\n-ERR\r\n:1\r\n", "*-1\r\n", "_\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := resp.Parse(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			return
		}
		written := v.Append(nil, 3)
		if !resp.Complete(written) {
			t.Fatalf("%q is written as %q, which is not complete", b, written)
		}
		again, err := resp.Parse(bufio.NewReader(bytes.NewReader(written)))
		if err != nil || !bytes.Equal(again.Append(nil, 3), written) {
			t.Fatalf("%q is read as %v, %v", written, again, err)
		}
	})
}
