package script

import "strings"

// remarkable reports whether text may change its session from position i on. It
// looks for ';', '_' and "mp", eight bytes at a time, and there more closely.
func remarkable(text string, i int) bool {
	before := uint64(0)
	for ; i+8 <= len(text); i += 8 {
		b := text[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		x |= 0x20 * ones // lower case; '_' becomes 0x7f
		mp := equal(x, 'p') & equal(x<<8|before, 'm')
		before = x >> 56
		if equal(x, ';')|equal(x, 0x7f)|mp != 0 && remarkableByte(text, i, i+8) {
			return true
		}
	}
	return remarkableByte(text, i, len(text))
}

const ones = 0x0101010101010101

// equal has the highest bit set of each byte of x that is c, and it may have it
// set of others above that.
func equal(x uint64, c uint64) uint64 {
	x ^= c * ones
	return (x - ones) &^ x & (0x80 * ones)
}

func remarkableByte(text string, from, to int) bool {
	for i := from; i < to; i++ {
		switch text[i] {
		case 'p', 'P':
			if i == 0 || text[i-1]|0x20 != 'm' {
				continue
			}
		case ';', '_':
		default:
			continue
		}
		if remarkableAt(text, i) {
			return true
		}
	}
	return false
}

// remarkableAt reports whether what stands around text[i] may be another
// statement, set_config, set_limit, an advisory lock, dblink_connect, pg_temp, or
// TEMP.
func remarkableAt(text string, i int) bool {
	switch text[i] {
	case ';':
		return strings.TrimRight(text[i:], " \t\r\n") != ";"
	case '_':
		if i+1 == len(text) {
			return false
		}
		switch text[i+1] | 0x20 {
		case 'c':
			return endsWith(text[:i], "set") || endsWith(text[:i], "dblink")
		case 'l':
			return endsWith(text[:i], "advisory") || endsWith(text[:i], "set")
		case 't':
			return endsWith(text[:i], "pg")
		}
		return false
	}
	return endsWith(text[:i], "tem") && !isNameByte(text[i-4])
}

// endsWith reports whether text ends with something before, and the word.
func endsWith(text, word string) bool {
	return len(text) > len(word) && strings.EqualFold(text[len(text)-len(word):], word)
}
