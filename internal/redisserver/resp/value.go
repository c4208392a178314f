// Package resp reads the requests of Redis clients, and reads and writes
// replies, in versions 2 and 3 of the protocol.
package resp

import (
	"bufio"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// Kind is the byte that a reply begins with.
type Kind byte

// The kinds of replies. Those from Map on are of version 3; in version 2 they
// are written as the nearest kind that there is.
const (
	Status Kind = '+'
	Error  Kind = '-'
	Int    Kind = ':'
	Bulk   Kind = '$'
	Array  Kind = '*'
	Null   Kind = '_'
	Map    Kind = '%' // its items are keys and values in turn
	Set    Kind = '~'
	Push   Kind = '>'
	Double Kind = ','
	Bool   Kind = '#'
	Big    Kind = '('
	Text   Kind = '='
	Raw    Kind = 0 // a reply that is encoded already
)

// NullArray is how version 2 says that there is no array.
var NullArray = Value{Kind: Null, Number: -1}

// Value is a reply.
type Value struct {
	Kind   Kind
	Text   string // of all kinds that are neither numbers nor aggregates
	Number int64  // of Int and Bool
	Items  []Value
}

// Err returns an error, whose text begins with its code.
func Err(text string) Value { return Value{Kind: Error, Text: text} }

// Simple returns a status.
func Simple(text string) Value { return Value{Kind: Status, Text: text} }

// OK returns the status OK.
func OK() Value { return Simple("OK") }

// Nil returns no value.
func Nil() Value { return Value{Kind: Null} }

// Of returns a string.
func Of(text string) Value { return Value{Kind: Bulk, Text: text} }

// Number returns an integer.
func Number(n int64) Value { return Value{Kind: Int, Number: n} }

// Count is [Number] for a length.
func Count(n int) Value { return Number(int64(n)) }

// List returns an array.
func List(items ...Value) Value { return Value{Kind: Array, Items: items} }

// Pairs returns a map, of keys and values in turn.
func Pairs(items ...Value) Value { return Value{Kind: Map, Items: items} }

// Strings returns an array of strings.
func Strings(texts []string) Value {
	v := List(make([]Value, len(texts))...)
	for i, t := range texts {
		v.Items[i] = Of(t)
	}
	return v
}

// Encoded returns a reply that is encoded already.
func Encoded(reply []byte) Value { return Value{Kind: Raw, Text: string(reply)} }

// IsError reports whether v is an error.
func (v Value) IsError() bool { return v.Kind == Error }

// IsNull reports whether v is no value.
func (v Value) IsNull() bool { return v.Kind == Null }

// Texts returns the texts of v's items.
func (v Value) Texts() []string {
	texts := make([]string, len(v.Items))
	for i, item := range v.Items {
		texts[i] = item.String()
	}
	return texts
}

// String returns the text of a value that is no aggregate.
func (v Value) String() string {
	if v.Kind == Int {
		return strconv.FormatInt(v.Number, 10)
	}
	return v.Text
}

// Append encodes v for a client that speaks the version of the protocol.
func (v Value) Append(b []byte, version int) []byte {
	switch v.Kind {
	case Raw:
		return append(b, v.Text...)
	case Status, Error:
		return v.line(b, v.Kind, strings.NewReplacer("\r", " ", "\n", " ").Replace(v.Text))
	case Int:
		return v.line(b, Int, strconv.FormatInt(v.Number, 10))
	case Bulk:
		return bulk(b, v.Text)
	case Null:
		return v.null(b, version)
	case Double, Big, Text, Bool:
		return v.scalar(b, version)
	}
	kind, n := v.Kind, len(v.Items)
	switch {
	case kind == Map && version >= 3:
		n /= 2
	case version < 3:
		kind = Array
	}
	b = v.line(b, kind, strconv.Itoa(n))
	for _, item := range v.Items {
		b = item.Append(b, version)
	}
	return b
}

func (v Value) null(b []byte, version int) []byte {
	switch {
	case version >= 3:
		return append(b, "_\r\n"...)
	case v.Number < 0:
		return append(b, "*-1\r\n"...)
	}
	return append(b, "$-1\r\n"...)
}

func (v Value) scalar(b []byte, version int) []byte {
	switch {
	case v.Kind == Text && version < 3:
		return bulk(b, strings.TrimPrefix(v.Text, "txt:"))
	case v.Kind == Text:
		b = v.line(b, Text, strconv.Itoa(len(v.Text)))
		return append(append(b, v.Text...), "\r\n"...)
	case v.Kind == Bool && version < 3:
		return v.line(b, Int, strconv.FormatInt(v.Number, 10))
	case v.Kind == Bool:
		return v.line(b, Bool, map[bool]string{true: "t", false: "f"}[v.Number != 0])
	case version < 3:
		return bulk(b, v.Text)
	}
	return v.line(b, v.Kind, v.Text)
}

func (Value) line(b []byte, kind Kind, text string) []byte {
	b = append(b, byte(kind))
	b = append(b, text...)
	return append(b, "\r\n"...)
}

func bulk(b []byte, text string) []byte {
	b = append(b, '$')
	b = strconv.AppendInt(b, int64(len(text)), 10)
	b = append(b, "\r\n"...)
	b = append(b, text...)
	return append(b, "\r\n"...)
}

// maxDepth bounds how deep replies may nest.
const maxDepth = 128

var errReply = errors.New("resp: malformed reply")

// Parse reads one reply of either version.
func Parse(r *bufio.Reader) (Value, error) { return parse(r, maxDepth) }

func parse(r *bufio.Reader, depth int) (Value, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return Value{}, err
	}
	if len(line) < 3 || depth == 0 {
		return Value{}, errReply
	}
	kind, text := Kind(line[0]), line[1:len(line)-2]
	switch kind {
	case Status, Error, Double, Big:
		return Value{Kind: kind, Text: text}, nil
	case Null:
		return Nil(), nil
	case Bool:
		return Value{Kind: Bool, Number: int64(len(strings.TrimPrefix(text, "f")))}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || kind != Int && n > math.MaxInt32 {
		return Value{}, errReply
	}
	switch kind {
	case Int:
		return Number(n), nil
	case Bulk, Text:
		if n < 0 {
			return Nil(), nil
		}
		b := make([]byte, n+2)
		if _, err := io.ReadFull(r, b); err != nil {
			return Value{}, err
		}
		return Value{Kind: kind, Text: string(b[:n])}, nil
	case Array, Map, Set, Push:
		return items(r, kind, n, depth)
	}
	return Value{}, errReply
}

func items(r *bufio.Reader, kind Kind, n int64, depth int) (Value, error) {
	if n < 0 {
		return NullArray, nil
	}
	if kind == Map {
		n *= 2
	}
	v := Value{Kind: kind, Items: make([]Value, 0, min(n, 1024))}
	for range n {
		item, err := parse(r, depth-1)
		if err != nil {
			return Value{}, err
		}
		v.Items = append(v.Items, item)
	}
	return v, nil
}
