package script

import (
	"fmt"
	"strings"
)

// check returns an error for a statement that a script must not have. The
// connection that runs a script speaks neither psql's language nor the protocol
// of COPY, and would wait forever for rows that do not come.
func check(s Statement, d Dialect) error {
	why := ""
	switch {
	case endsTransaction(s.SQL, d):
		why = "a script may not begin or end a transaction; remove it"
	case d != Postgres:
	case strings.HasPrefix(s.SQL, `\`):
		why = "this is a command of psql, not SQL; remove it"
	case copies(s.SQL, "from"):
		why = "a script has no input to copy rows from; write INSERT statements (pg_dump --inserts does)"
	case copies(s.SQL, "to"):
		why = "a script has no output to copy rows to; remove it, or name a file of the server"
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("line %d: %s: %s", s.Line, s.Excerpt(), why)
}

// copies reports whether a statement is a COPY from the client, or to it.
func copies(sql, direction string) bool {
	l := lexer{src: sql, dialect: Postgres}
	first, previous := "", ""
	for depth := 0; ; {
		k, token, err := l.next()
		switch {
		case err != nil, k == end, first != "" && first != "copy":
			return false
		case k == blank:
			continue
		case token == "(":
			depth++
		case token == ")":
			depth--
		case k == word:
			token = strings.ToLower(token)
			if depth == 0 && previous == direction && (token == "stdin" || token == "stdout") {
				return true
			}
		}
		if first == "" {
			first = token
		}
		previous = token
	}
}

// endsTransaction reports whether a statement is transaction control, other
// than savepoints.
func endsTransaction(sql string, d Dialect) bool {
	words := firstWords(sql, d, 2)
	switch words[0] {
	case "begin", "start", "commit", "end", "abort":
		return true
	case "rollback":
		return words[1] != "to"
	case "prepare":
		return words[1] == "transaction"
	}
	return false
}
