package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

const (
	// maxBody is the largest body of an answer, and maxAnswer the largest answer, in
	// bytes.
	maxBody   = 1 << 20
	maxAnswer = maxBody + 64<<10
	// firstInbox is the initial size of a buffer, in bytes; most answers fit.
	firstInbox = 4 << 10
)

// errIncomplete means that more of an answer must come.
var errIncomplete = errors.New("the answer is not complete")

// inbox collects the bytes of one answer after the other. An answer that is like the last
// right one is right, and is not parsed.
type inbox struct {
	expected []byte // the body
	data     []byte
	right    []byte // the last answer that was right and left the connection open
}

// room returns the space for the next bytes.
func (in *inbox) room() ([]byte, error) {
	switch size := cap(in.data); {
	case size == 0:
		in.data = make([]byte, 0, firstInbox)
	case len(in.data) == size && size >= maxAnswer:
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	case len(in.data) == size:
		in.data = append(make([]byte, 0, 2*size), in.data...)
	}
	return in.data[len(in.data):cap(in.data)], nil
}

// came adds n bytes that were read into that space.
func (in *inbox) came(n int) { in.data = in.data[:len(in.data)+n] }

func (in *inbox) clear() { in.data = in.data[:0] }

// check checks the answer, and reports whether the connection can carry another one.
// Its error is errIncomplete while more must come; a closed connection ends the answer.
func (in *inbox) check(closed bool) (reusable bool, err error) {
	if len(in.data) > 0 && alike(in.data, in.right) {
		in.clear()
		return !closed, nil
	}
	response, body, err := parse(in.data)
	if !closed && (errors.Is(err, errIncomplete) || err == nil && response.Close && response.ContentLength < 0) {
		return false, errIncomplete
	}
	defer in.clear()
	if errors.Is(err, errIncomplete) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return false, err
	}
	reusable = !response.Close && !closed
	if response.StatusCode != http.StatusOK {
		return reusable, fmt.Errorf("status %d, expected 200: %s", response.StatusCode, shorten(body))
	}
	if !bytes.Equal(body, in.expected) {
		return reusable, fmt.Errorf("the body is %s, expected %s", shorten(body), shorten(in.expected))
	}
	if reusable {
		in.right = append(in.right[:0], in.data...)
	}
	return reusable, nil
}

// changing are the headers that differ from one answer to the next.
var changing = [][]byte{[]byte("Date: "), []byte("X-Request-Id: ")}

// alike reports whether two answers are equal but for the values of those headers.
func alike(a, b []byte) bool {
	for {
		if bytes.Equal(a, b) {
			return true
		}
		lineA, restA, okA := bytes.Cut(a, []byte("\r\n"))
		lineB, restB, okB := bytes.Cut(b, []byte("\r\n"))
		if !okA || !okB || len(lineA) == 0 {
			return false // they differ in the body
		}
		if !bytes.Equal(lineA, lineB) && !slices.ContainsFunc(changing, func(name []byte) bool {
			return bytes.HasPrefix(lineA, name) && bytes.HasPrefix(lineB, name)
		}) {
			return false
		}
		a, b = restA, restB
	}
}

// parse parses an answer, or returns errIncomplete.
func parse(data []byte) (*http.Response, []byte, error) {
	if !bytes.Contains(data, []byte("\r\n\r\n")) {
		return nil, nil, errIncomplete
	}
	source := bytes.NewReader(data)
	buffered := bufio.NewReader(source)
	response, err := http.ReadResponse(buffered, nil)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch rest := buffered.Buffered() + source.Len(); {
	case len(body) > maxBody:
		return nil, nil, fmt.Errorf("the body is longer than %d bytes", maxBody)
	case err != nil:
		return nil, nil, errIncomplete
	case rest > 0:
		return nil, nil, fmt.Errorf("%d unexpected bytes follow the answer", rest)
	}
	return response, body, nil
}

// shorten quotes the beginning of a body.
func shorten(body []byte) string {
	const limit = 200
	if len(body) > limit {
		return fmt.Sprintf("%q…", body[:limit])
	}
	return fmt.Sprintf("%q", body)
}
