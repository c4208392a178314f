package script

import "strings"

// Change is what SQL leaves behind in the session that ran it.
type Change int

// The changes, from the least to the most.
const (
	// Nothing: transactions undo themselves, and data is for all sessions.
	Nothing Change = iota
	// Transaction: one may be open. On SQLite only.
	Transaction
	// Settings, roles, temporary tables, locks, cursors, channels.
	Settings
	// Anything: what only the end of the session is sure to undo.
	Anything
)

// PostgresReset undoes [Settings]. It is DISCARD ALL in one round trip, but for
// the prepared statements, which are the driver's.
const PostgresReset = "SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; CLOSE ALL; UNLISTEN *; " +
	"SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES"

// Changes returns what the statements of a text may change in their session. It
// sees a change in what the text says, not in what the functions do that it
// calls.
func Changes(text string, d Dialect) Change {
	if isPlain(text, d) {
		return Nothing
	}
	return changes(text, d)
}

// isPlain reports, at a glance, whether a text is one statement that changes
// nothing. It may be wrong about one that does not.
func isPlain(text string, d Dialect) bool {
	start := 0
	for start < len(text) && strings.IndexByte(" \t\r\n\f\v(", text[start]) >= 0 {
		start++
	}
	word, end := uint64(0), start
	for ; end < len(text) && end < start+8 && (isNameByte(text[end]) || text[end] == '$'); end++ {
		word = word<<8 | uint64(text[end]|0x20)
	}
	switch word {
	case packedSelect, packedInsert, packedUpdate, packedDelete, packedWith, packedCommit, packedRollback:
	case packedBegin:
		if d == SQLite {
			return false
		}
	default:
		return false
	}
	if d == SQLite {
		i := strings.IndexByte(text[end:], ';')
		return i < 0 || end+i == len(text)-1
	}
	return !remarkable(text, end)
}

// The first words of plain statements, in lower case, a byte each.
const (
	packedSelect   = 's'<<40 | 'e'<<32 | 'l'<<24 | 'e'<<16 | 'c'<<8 | 't'
	packedInsert   = 'i'<<40 | 'n'<<32 | 's'<<24 | 'e'<<16 | 'r'<<8 | 't'
	packedUpdate   = 'u'<<40 | 'p'<<32 | 'd'<<24 | 'a'<<16 | 't'<<8 | 'e'
	packedDelete   = 'd'<<40 | 'e'<<32 | 'l'<<24 | 'e'<<16 | 't'<<8 | 'e'
	packedCommit   = 'c'<<40 | 'o'<<32 | 'm'<<24 | 'm'<<16 | 'i'<<8 | 't'
	packedRollback = 'r'<<56 | 'o'<<48 | 'l'<<40 | 'l'<<32 | 'b'<<24 | 'a'<<16 | 'c'<<8 | 'k'
	packedBegin    = 'b'<<32 | 'e'<<24 | 'g'<<16 | 'i'<<8 | 'n'
	packedWith     = 'w'<<24 | 'i'<<16 | 't'<<8 | 'h'
)
