package resp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The bounds of a request. They are those of a Redis server, except that a
// request as a whole is bounded, too.
const (
	maxLine    = 64 << 10
	maxItems   = 1 << 20
	maxBulk    = 64 << 20
	maxRequest = 256 << 20
)

// ProtocolError is a request that is not RESP. The connection cannot go on
// after it.
type ProtocolError string

func (e ProtocolError) Error() string { return "Protocol error: " + string(e) }

// Reader reads the requests of a client.
type Reader struct{ r *bufio.Reader }

// NewReader returns a Reader of what r holds.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReaderSize(r, maxLine)} }

// Next returns the next request, which is an array of bulk strings or a line of
// words. Empty requests are skipped. It takes no more memory than the client has
// sent bytes.
func (r *Reader) Next() ([]string, error) {
	for {
		line, err := r.line()
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(line, "*") {
			args, err := words(line)
			if err != nil || len(args) > 0 {
				return args, err
			}
			continue
		}
		n, err := strconv.Atoi(line[1:])
		if err != nil || n > maxItems {
			return nil, ProtocolError("invalid multibulk length")
		}
		if n > 0 {
			return r.items(n)
		}
	}
}

func (r *Reader) items(n int) ([]string, error) {
	args := make([]string, 0, min(n, 64))
	left := maxRequest
	for range n {
		line, err := r.line()
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(line, "$") {
			return nil, ProtocolError(fmt.Sprintf("expected '$', got '%.1s'", line))
		}
		size, err := strconv.Atoi(line[1:])
		if err != nil || size < 0 || size > maxBulk {
			return nil, ProtocolError("invalid bulk length")
		}
		if left -= size; left < 0 {
			return nil, ProtocolError("too big request")
		}
		arg, err := r.bulk(size)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return args, nil
}

// bulk reads a string and the line end after it. A long one grows as it
// arrives.
func (r *Reader) bulk(size int) (string, error) {
	var text strings.Builder
	if size <= maxLine {
		text.Grow(size)
	}
	if _, err := io.CopyN(&text, r.r, int64(size)); err != nil {
		return "", err
	}
	_, err := r.r.Discard(len("\r\n"))
	return text.String(), err
}

func (r *Reader) line() (string, error) {
	line, err := r.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", ProtocolError("too big inline request")
	}
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
}

// words splits an inline request. A word may stand in quotes: in double ones
// with the escapes of Go, in single ones as it is.
func words(line string) ([]string, error) {
	var args []string
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			return args, nil
		}
		var word, quoted string
		var err error
		switch line[0] {
		case '"':
			if quoted, err = strconv.QuotedPrefix(line); err == nil {
				word, err = strconv.Unquote(quoted)
			}
		case '\'':
			end := strings.IndexByte(line[1:], '\'')
			if end < 0 {
				err = errors.New("no end")
				break
			}
			word, quoted = line[1:1+end], line[:end+2]
		default:
			end := strings.IndexAny(line, " \t")
			if end < 0 {
				end = len(line)
			}
			word, quoted = line[:end], line[:end]
		}
		if err != nil {
			return nil, ProtocolError("unbalanced quotes in request")
		}
		args, line = append(args, word), line[len(quoted):]
	}
}
