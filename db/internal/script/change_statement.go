package script

import (
	"slices"
	"strings"
)

// changes reads a text token by token.
func changes(text string, d Dialect) Change {
	found := Nothing
	l := lexer{src: text, dialect: d}
	for s := (outline{}); ; {
		k, token, err := l.next()
		switch {
		case err != nil:
			return Anything // the database reads it otherwise, or refuses it
		case k == blank:
		case k == end, k == semicolon:
			found = max(found, s.change(d))
			if k == end {
				return found
			}
			s = outline{}
		default:
			s.add(token)
		}
	}
}

// outline is what decides whether a statement changes its session.
type outline struct {
	first    [7]string // tokens, in lower case; parentheses before them are left out
	n        int       // how many of first are there
	previous string
	inside   Change // found anywhere in the statement
	config   setConfig
}

func (s *outline) add(token string) {
	if s.n == 0 && token == "(" {
		return
	}
	name := token
	if isNameByte(token[0]) || token[0] == '"' {
		name = strings.ToLower(strings.Trim(token, `"`))
	}
	if s.n < len(s.first) {
		s.first[s.n] = name
		s.n++
	}
	if s.config.open {
		s.config.add(token)
		if s.config.changes() {
			s.inside = max(s.inside, Settings)
		}
	}
	switch {
	case name == "set_config":
		s.config = setConfig{open: true}
	case name == "set_limit", strings.HasPrefix(name, "pg_temp"),
		strings.HasPrefix(name, "pg_advisory_lock"), strings.HasPrefix(name, "pg_try_advisory_lock"),
		isTemporary(name) && slices.Contains([]string{"into", "local", "global"}, s.previous):
		s.inside = max(s.inside, Settings)
	case strings.HasPrefix(name, "dblink_connect"):
		s.inside = Anything
	}
	s.previous = name
}

func isTemporary(name string) bool { return name == "temp" || name == "temporary" }

func (s *outline) change(d Dialect) Change {
	if s.n == 0 {
		return Nothing
	}
	if s.first[0] == "create" && slices.ContainsFunc(s.first[1:], isTemporary) {
		return Settings
	}
	if d == SQLite {
		return s.sqlite()
	}
	return max(s.inside, s.postgres())
}

// postgres says what a statement is known to change. One that is not known may
// change any setting.
func (s *outline) postgres() Change {
	second := s.first[1]
	switch s.first[0] {
	case "select", "insert", "update", "delete", "merge", "with", "values", "table", "show", "copy",
		"create", "alter", "drop", "truncate", "comment", "grant", "revoke", "reassign", "refresh", "import", "security",
		"vacuum", "analyze", "analyse", "reindex", "cluster", "checkpoint", "lock", "notify",
		"fetch", "move", "close", "savepoint", "release", "commit", "end", "rollback", "abort",
		"begin", "start": // the protocol says whether a transaction is open
		return Nothing
	case "set":
		if second == "local" || second == "transaction" || second == "constraints" {
			return Nothing
		}
	case "prepare":
		if second == "transaction" {
			return Nothing
		}
		return Anything
	case "discard":
		if second == "all" {
			return Anything // the prepared statements of the driver are gone too
		}
	case "deallocate", "load":
		return Anything
	}
	return Settings
}

func (s *outline) sqlite() Change {
	switch s.first[0] {
	case "begin", "savepoint":
		return Transaction
	case "attach", "detach":
		return Anything
	case "pragma":
		name, rest := s.first[1], s.first[2:]
		if rest[0] == "." {
			name, rest = rest[1], rest[2:]
		}
		if rest[0] != "" && !slices.Contains(readingPragmas, name) {
			return Settings
		}
	}
	return Nothing
}

// readingPragmas take an argument and change nothing, or the file permanently.
var readingPragmas = []string{
	"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
	"foreign_key_list", "foreign_key_check", "integrity_check", "quick_check",
	"wal_checkpoint", "optimize", "incremental_vacuum", "user_version", "application_id",
}

// setConfig is a call of set_config. It changes the transaction only when its
// third argument is true.
type setConfig struct {
	open     bool
	depth    int
	argument int
	third    string
	tokens   int // of the third argument
}

func (c *setConfig) add(token string) {
	switch {
	case token == "(":
		c.depth++
	case token == ")":
		c.depth--
		c.open = c.depth > 0
	case token == "," && c.depth == 1:
		c.argument++
		return
	}
	if c.argument == 2 && c.open {
		c.third, c.tokens = token, c.tokens+1
	}
}

// changes reports whether the call has ended and may change the session.
func (c *setConfig) changes() bool {
	if c.open && c.depth > 0 {
		return false
	}
	local := strings.EqualFold(c.third, "true") || strings.EqualFold(strings.Trim(c.third, "'"), "true") || strings.EqualFold(c.third, "'t'")
	return !(c.tokens == 1 && local)
}
