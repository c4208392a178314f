package redisserver

import (
	"math"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// field is an integer inside of a string.
type field struct {
	signed bool
	bits   int
	at     int // the offset of its first bit
}

// bitField is BITFIELD or BITFIELD_RO.
func bitField(s *session, args []string) resp.Value {
	old := s.value("GET", args[1])
	if old.IsError() {
		return old
	}
	b := []byte(old.Text)
	overflow, changed := "wrap", false
	reply := resp.List()
	for rest := args[2:]; len(rest) > 0; {
		verb := fold(rest[0])
		n := map[string]int{"get": 3, "set": 4, "incrby": 4, "overflow": 2}[verb]
		switch {
		case n == 0 || len(rest) < n:
			return resp.Err("ERR syntax error")
		case verb == "overflow":
			overflow = fold(rest[1])
			if overflow != "wrap" && overflow != "sat" && overflow != "fail" {
				return resp.Err("ERR Invalid OVERFLOW type specified")
			}
			rest = rest[n:]
			continue
		case verb != "get" && args[0] == "bitfield_ro":
			return resp.Err("ERR BITFIELD_RO only supports the GET subcommand")
		}
		f, err := parseField(rest[1], rest[2])
		if err.IsError() {
			return err
		}
		now := f.read(b)
		if verb == "get" {
			reply.Items = append(reply.Items, resp.Number(now))
			rest = rest[n:]
			continue
		}
		by, failed := strconv.ParseInt(rest[3], 10, 64)
		if failed != nil {
			return resp.Err("ERR value is not an integer or out of range")
		}
		start := int64(0)
		if verb == "incrby" {
			start = now
		}
		next, ok := f.add(start, by, overflow)
		switch {
		case !ok:
			reply.Items = append(reply.Items, resp.Nil())
		case verb == "set":
			reply.Items = append(reply.Items, resp.Number(now))
		default:
			reply.Items = append(reply.Items, resp.Number(next))
		}
		if ok {
			b, changed = f.write(b, next), true
		}
		rest = rest[n:]
	}
	if changed {
		s.value("SET", args[1], string(b), "KEEPTTL")
	}
	return reply
}

func parseField(kind, offset string) (f field, err resp.Value) {
	n, failed := strconv.Atoi(strings.TrimLeft(kind, "iu"))
	f = field{signed: strings.HasPrefix(kind, "i"), bits: n}
	if failed != nil || len(kind) < 2 || !strings.Contains("iu", kind[:1]) || n < 1 || n > 64 || n == 64 && !f.signed {
		return f, resp.Err("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
	}
	digits, times := strings.CutPrefix(offset, "#")
	if f.at, failed = strconv.Atoi(digits); failed != nil || f.at < 0 || f.at > maxString*8 {
		return f, resp.Err("ERR bit offset is not an integer or out of range")
	}
	if times {
		f.at *= n
	}
	if f.at > maxString*8-n {
		return f, resp.Err("ERR bit offset is not an integer or out of range")
	}
	return f, resp.Value{}
}

// read returns the integer in b, which is zero after its end.
func (f field) read(b []byte) int64 {
	var v uint64
	for i := f.at; i < f.at+f.bits; i++ {
		v <<= 1
		if i/8 < len(b) {
			v |= uint64(b[i/8] >> (7 - i%8) & 1)
		}
	}
	return f.cut(v)
}

// cut returns what fits of a value.
func (f field) cut(v uint64) int64 {
	shift := 64 - f.bits
	if f.signed {
		return int64(v<<shift) >> shift
	}
	return int64(v << shift >> shift)
}

func (f field) write(b []byte, v int64) []byte {
	if missing := (f.at+f.bits+7)/8 - len(b); missing > 0 {
		b = append(b, make([]byte, missing)...)
	}
	for i := range f.bits {
		at, mask := f.at+i, byte(1)<<(7-(f.at+i)%8)
		b[at/8] &^= mask
		if uint64(v)>>(f.bits-1-i)&1 == 1 {
			b[at/8] |= mask
		}
	}
	return b
}

// add adds, and handles what does not fit: it wraps, saturates or fails.
func (f field) add(a, b int64, overflow string) (int64, bool) {
	low, high := int64(0), int64(math.MaxInt64)
	if f.bits < 64 {
		high = int64(1)<<f.bits - 1
	}
	if f.signed {
		low, high = math.MinInt64>>(64-f.bits), math.MaxInt64>>(64-f.bits)
	}
	over, under := b > 0 && a > high-b, b < 0 && a < low-b
	switch {
	case !over && !under && a+b >= low && a+b <= high:
		return a + b, true
	case overflow == "fail":
		return 0, false
	case overflow == "wrap":
		return f.cut(uint64(a) + uint64(b)), true
	case over:
		return high, true
	}
	return low, true
}
