package stream

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"sync"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// ChunkStream is a stream of bytes of any type.
//
// Over HTTP it is a chunked body; when it fails the connection is cut, so that
// no client takes a half for the whole. Over a WebSocket each piece is a
// chunk, and collected they are one value: text is a string, JSON is itself,
// and anything else is base64, the pieces of a WebSocket each by itself.
type ChunkStream struct {
	contentType string
	produce     func(context.Context, io.Writer) error
	collect     func([]byte) any
	close       func() error
}

var (
	_ action.Stream = (*ChunkStream)(nil)
	_ io.Closer     = (*ChunkStream)(nil)
)

// Chunks returns a stream of what produce writes. Each Write is sent at once:
// wrap small ones in a [bufio.Writer]. An empty content type means
// application/octet-stream.
func Chunks(contentType string, produce func(ctx context.Context, w io.Writer) error) *ChunkStream {
	contentType = cmp.Or(contentType, "application/octet-stream")
	return &ChunkStream{
		contentType: contentType, produce: produce, collect: collectAs(contentType),
		close: func() error { return nil },
	}
}

// piece is how much of a reader is read at a time, in bytes.
const piece = 32 << 10

// Reader returns a stream of what r holds. Each Read is sent at once. When r
// is an [io.Closer] it is closed in the end, and as soon as the client is gone
// or the server stops; a Read that waits must then return, as those of pipes,
// files and response bodies do.
func Reader(contentType string, r io.Reader) *ChunkStream {
	s := Chunks(contentType, nil)
	if c, ok := r.(io.Closer); ok {
		s.close = sync.OnceValue(c.Close)
	}
	s.produce = func(ctx context.Context, w io.Writer) error {
		defer context.AfterFunc(ctx, func() { _ = s.close() })()
		// Nothing but Read and Write: a WriterTo would make one piece of all.
		_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, make([]byte, piece))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	return s
}

// JSON returns a stream of values, each a line of JSON and a piece,
// application/x-ndjson. It fails at the first error of the sequence. Collected,
// the values are a list.
func JSON[T any](values func(ctx context.Context) iter.Seq2[T, error]) *ChunkStream {
	s := Chunks("application/x-ndjson", func(ctx context.Context, w io.Writer) error {
		for value, err := range values(ctx) {
			if err != nil {
				return err
			}
			line, err := json.Marshal(value)
			if err != nil {
				return err
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	s.collect = collectLines
	return s
}

// ContentType returns the content type.
func (s *ChunkStream) ContentType() string { return s.contentType }

// Produce sends each write as a piece.
func (s *ChunkStream) Produce(ctx context.Context, send func([]byte) error) error {
	if connection.From(ctx).Transport != connection.WebSocket {
		return s.produce(ctx, writer(send))
	}
	w := &textWriter{send: send, text: isText(s.contentType)}
	if err := s.produce(ctx, w); err != nil {
		return err
	}
	return w.flush()
}

// Failure returns nil: there is no piece that could tell.
func (s *ChunkStream) Failure([]byte) []byte { return nil }

// Collect returns a string, a [json.RawMessage] or a []byte, as the content
// type says.
func (s *ChunkStream) Collect(ctx context.Context) (any, error) {
	var all bytes.Buffer
	err := s.produce(ctx, writer(func(p []byte) error {
		all.Write(p)
		return ctx.Err()
	}))
	return s.collect(all.Bytes()), err
}

// Close closes the reader of the stream, if there is one to close.
func (s *ChunkStream) Close() error { return s.close() }

// writer is a function that sends.
type writer func([]byte) error

func (w writer) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := w(p); err != nil {
		return 0, err
	}
	return len(p), nil
}
