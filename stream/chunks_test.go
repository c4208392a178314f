package stream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/stream"
)

// write is a stream of given writes.
func write(contentType string, writes ...string) *stream.ChunkStream {
	return stream.Chunks(contentType, func(_ context.Context, w io.Writer) error {
		for _, text := range writes {
			if n, err := io.WriteString(w, text); err != nil || n != len(text) {
				return fmt.Errorf("wrote %d: %w", n, err)
			}
		}
		return nil
	})
}

func TestChunks(t *testing.T) {
	s := write("text/csv", "a,b\n", "", "c,d\n")
	pieces, err := produced(over(t.Context(), connection.Web), s)
	if strings.Join(pieces, "|") != "a,b\n|c,d\n" || err != nil || s.ContentType() != "text/csv" || s.Failure(nil) != nil {
		t.Errorf("got %q, %v", pieces, err)
	}
	if got := write("").ContentType(); got != "application/octet-stream" {
		t.Errorf("the content type is %q", got)
	}
	gone := errors.New("gone")
	if err := s.Produce(t.Context(), func([]byte) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

// TestChunksOverAWebSocket: a chunk is text.
func TestChunksOverAWebSocket(t *testing.T) {
	for name, test := range map[string]struct {
		contentType string
		writes      []string
		want        string
	}{
		"text":                 {"text/plain; charset=UTF-8", []string{"aä", "b"}, "aä|b"},
		"text cut anywhere":    {"text/plain", []string{"a\xe2", "\x82", "\xac\xf0\x9f", "\x98\x80b"}, "a|€|😀b"},
		"text that has no end": {"text/plain", []string{"a\xe2\x82"}, "a|\xe2\x82"},
		"text that is none":    {"text/plain", []string{"\xff\xfe", "\x80\x80\x80\x80\x80"}, "\xff\xfe|\x80\x80\x80\x80\x80"},
		"lines of JSON":        {"application/x-ndjson", []string{"{}\n"}, "{}\n"},
		"JSON":                 {"application/problem+json", []string{"{}"}, "{}"},
		"SVG":                  {"image/svg+xml", []string{"<svg/>"}, "<svg/>"},
		"bytes":                {"", []string{"\x00\xff", "a"}, "AP8=|YQ=="},
		"another charset":      {"text/plain; charset=latin1", []string{"\xe4"}, "5A=="},
		"no type at all":       {"???", []string{"a"}, "YQ=="},
	} {
		pieces, err := produced(over(t.Context(), connection.WebSocket), write(test.contentType, test.writes...))
		if got := strings.Join(pieces, "|"); got != test.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}

func TestChunksCollect(t *testing.T) {
	for name, test := range map[string]struct {
		contentType string
		writes      []string
		want        string
	}{
		"text":              {"text/csv", []string{"a,", "b\n"}, `"a,b\n"`},
		"JSON":              {"application/json", []string{`{"a":`, `[1]}`}, `{"a":[1]}`},
		"JSON that is none": {"application/json", []string{`{"a":`}, `"{\"a\":"`},
		"bytes":             {"image/png", []string{"\x89P", "NG"}, `"iVBORw=="`},
		"nothing":           {"text/plain", nil, `""`},
		"no bytes":          {"", nil, `""`},
	} {
		all, err := write(test.contentType, test.writes...).Collect(t.Context())
		got, encodeErr := json.Marshal(all)
		if string(got) != test.want || errors.Join(err, encodeErr) != nil {
			t.Errorf("%s: %s, %v, want %s", name, got, errors.Join(err, encodeErr), test.want)
		}
	}
}

// count yields values, then an error if there is one.
func count(n int, err error) func(context.Context) iter.Seq2[any, error] {
	return func(context.Context) iter.Seq2[any, error] {
		return func(yield func(any, error) bool) {
			for i := range n {
				if !yield(map[string]int{"n": i}, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	boom := errors.New("boom")
	s := stream.JSON(count(2, nil))
	pieces, err := produced(t.Context(), s)
	if strings.Join(pieces, "|") != "{\"n\":0}\n|{\"n\":1}\n" || err != nil || s.ContentType() != "application/x-ndjson" {
		t.Errorf("got %q, %v", pieces, err)
	}
	if pieces, err = produced(t.Context(), stream.JSON(count(1, boom))); len(pieces) != 1 || !errors.Is(err, boom) {
		t.Errorf("got %q, %v", pieces, err)
	}
	bad := func(context.Context) iter.Seq2[any, error] {
		return func(yield func(any, error) bool) { yield(make(chan int), nil) }
	}
	if _, err = produced(t.Context(), stream.JSON(bad)); err == nil {
		t.Error("a channel was sent")
	}
	gone := errors.New("gone")
	if err := s.Produce(t.Context(), func([]byte) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	for n, want := range map[int]string{0: "[]", 2: `[{"n":0},{"n":1}]`} {
		all, err := stream.JSON(count(n, nil)).Collect(t.Context())
		if got, _ := json.Marshal(all); string(got) != want || err != nil {
			t.Errorf("collected %s, %v", got, err)
		}
	}
}

type closer struct {
	io.Reader
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestReader(t *testing.T) {
	content := strings.Repeat("0123456789", 10_000)
	c := &closer{Reader: strings.NewReader(content)}
	s := stream.Reader("text/plain", c)
	pieces, err := produced(t.Context(), s)
	if strings.Join(pieces, "") != content || err != nil || len(pieces) != 4 {
		t.Errorf("%d bytes in %d pieces, %v", len(strings.Join(pieces, "")), len(pieces), err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil || c.closed != 1 {
		t.Errorf("closed %d times, %v", c.closed, err)
	}
	if err := stream.Reader("", strings.NewReader("")).Close(); err != nil { // there is nothing to close
		t.Error(err)
	}
	boom := errors.New("boom")
	_, err = produced(t.Context(), stream.Reader("", io.MultiReader(strings.NewReader("a"), iotest.ErrReader(boom))))
	if !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	all, err := stream.Reader("text/plain", strings.NewReader("abc")).Collect(t.Context())
	if all != "abc" || err != nil {
		t.Errorf("collected %v, %v", all, err)
	}
}

// TestReaderThatWaits is interrupted when the client leaves.
func TestReaderThatWaits(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = w.Write([]byte("a"))
		cancel()
	}()
	if err := stream.Reader("", r).Produce(ctx, func([]byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// FuzzTextOverAWebSocket: text that is cut anywhere arrives whole.
func FuzzTextOverAWebSocket(f *testing.F) {
	f.Add([]byte("a€😀"), 2)
	f.Add([]byte("\xff\xe2\x82"), 1)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		if size < 1 {
			size = 1
		}
		s := stream.Chunks("text/plain", func(_ context.Context, w io.Writer) error {
			for rest := text; len(rest) > 0; {
				n := min(size, len(rest))
				if _, err := w.Write(rest[:n]); err != nil {
					return err
				}
				rest = rest[n:]
			}
			return nil
		})
		var all bytes.Buffer
		err := s.Produce(over(t.Context(), connection.WebSocket), func(p []byte) error {
			if utf8.Valid(text) && !utf8.Valid(p) {
				t.Errorf("the piece %q is cut", p)
			}
			all.Write(p)
			return nil
		})
		if err != nil || !bytes.Equal(all.Bytes(), text) {
			t.Errorf("%q arrives as %q, %v", text, all.Bytes(), err)
		}
	})
}
