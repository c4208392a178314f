package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/coder/websocket"
)

// frames follows the headers of the frames that a client sends (RFC 6455, section 5.2),
// before the library has them. The library refuses a message only when its bytes have come
// in, and passes over empty frames.
type frames struct {
	limit int64 // of a message, in bytes; 0: none

	header        [14]byte
	have          int    // bytes of the header that have come
	left          uint64 // bytes of the payload that are to come
	message       uint64 // bytes of the message, as far as they were announced
	continuations window
}

// maxContinuations is how many frames a second may continue a message.
const maxContinuations = 1000

var (
	errAnnounced = fmt.Errorf("%w, by the header of a frame", websocket.ErrMessageTooBig)
	errFrames    = errors.New("too many frames")
)

// pass follows the next bytes. An error means that they are not to be read.
func (f *frames) pass(p []byte) error {
	for len(p) > 0 {
		if f.left > 0 {
			n := min(f.left, uint64(len(p)))
			f.left -= n
			p = p[n:]
			continue
		}
		f.header[f.have] = p[0]
		f.have++
		p = p[1:]
		if f.have < f.size() {
			continue
		}
		f.have = 0
		if err := f.begin(); err != nil {
			return err
		}
	}
	return nil
}

// The bits and values of a header.
const (
	opcodeBits  = 0x0f
	maskBit     = 0x80
	lengthBits  = 0x7f
	length16    = 126
	length64    = 127
	firstOpcode = 0x8 // of control frames
)

// size returns how long the header is, as far as that is known.
func (f *frames) size() int {
	size := 2
	if f.have < size {
		return size
	}
	switch f.header[1] & lengthBits {
	case length16:
		size += 2
	case length64:
		size += 8
	}
	if f.header[1]&maskBit != 0 {
		size += 4
	}
	return size
}

// begin takes a whole header.
func (f *frames) begin() error {
	switch length := f.header[1] & lengthBits; length {
	case length16:
		f.left = uint64(binary.BigEndian.Uint16(f.header[2:]))
	case length64:
		f.left = binary.BigEndian.Uint64(f.header[2:])
	default:
		f.left = uint64(length)
	}
	opcode := f.header[0] & opcodeBits
	switch {
	case opcode >= firstOpcode:
		return nil
	case opcode != 0:
		f.message = 0
	case !f.continuations.allow(maxContinuations):
		return errFrames
	}
	if f.limit > 0 && (f.left > uint64(f.limit) || f.message+f.left > uint64(f.limit)) {
		return errAnnounced
	}
	f.message += f.left
	return nil
}
