package cache

import "time"

// A stale value must stay readable while it is refreshed, and its refresher needs
// what a lease gives: one at a time, an end in case it dies, and a store that a
// DEL in between prevents, even when the same bytes were stored since. All
// of that is a tag behind the value, written in whitespace, so that the whole is
// still the same JSON to every reader:
//
//	tag = "\n" end token    both in bits, a space for 0 and a tab for 1
//
// The end is what will be left of the entry's time to live when another refresher
// may take over. Redis counts that down, so no two clocks are compared.
const (
	endBits   = 40 // milliseconds: 34 years
	tokenBits = 64
	tagLength = 1 + endBits + tokenBits
)

// newTag returns the tag of a refresher with the given token, whose lease ends
// when the entry has left to live.
func newTag(left time.Duration, token uint64) string {
	b := make([]byte, 0, tagLength)
	b = append(b, '\n')
	b = appendBits(b, uint64(max(0, left.Milliseconds())), endBits)
	b = appendBits(b, token, tokenBits)
	return string(b)
}

// cutTag returns the value without its tag and the end that the tag says.
func cutTag(raw []byte) (value []byte, end time.Duration, tagged bool) {
	n := len(raw) - tagLength
	if n < 0 || raw[n] != '\n' {
		return raw, 0, false
	}
	for _, c := range raw[n+1:] {
		if c != ' ' && c != '\t' {
			return raw, 0, false
		}
	}
	return raw[:n], time.Duration(bits(raw[n+1:n+1+endBits])) * time.Millisecond, true
}

func appendBits(b []byte, v uint64, n int) []byte {
	for i := n - 1; i >= 0; i-- {
		if v>>i&1 == 0 {
			b = append(b, ' ')
		} else {
			b = append(b, '\t')
		}
	}
	return b
}

func bits(b []byte) (v uint64) {
	for _, c := range b {
		v <<= 1
		if c == '\t' {
			v |= 1
		}
	}
	return v
}
