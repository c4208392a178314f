//lint:file-ignore U1000 The clients use it.

package goclient

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
)

// Event is a server-sent event.
type Event struct {
	Name string // "message" unless the app names it
	ID   string
	Data []byte // JSON, unless the app sends text
}

// Lines returns the values of a stream that has a line of JSON for each. It closes the stream.
func Lines[T any](stream io.ReadCloser) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		defer func() { _ = stream.Close() }()
		for decoder := json.NewDecoder(stream); ; {
			var value T
			err := decoder.Decode(&value)
			if err == io.EOF || !yield(value, err) || err != nil {
				return
			}
		}
	}
}

// readEvent reads the next event. id is that of the one before.
func readEvent(r *bufio.Reader, id string) (Event, error) {
	e := Event{Name: "message", ID: id}
	var data [][]byte
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return e, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 && data != nil {
			e.Data = bytes.Join(data, []byte("\n"))
			return e, nil
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch {
		case len(line) == 0:
			e.Name = "message"
		case string(field) == "event":
			e.Name = string(value)
		case string(field) == "id":
			e.ID = string(value)
		case string(field) == "data":
			data = append(data, value)
		}
	}
}
