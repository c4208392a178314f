// Package script cuts a file of SQL into its statements, so that each can be
// run, and named when it fails, by itself. It knows where SQL text is quoted,
// not what it means.
package script

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Dialect says how a database reads SQL.
type Dialect int

// The dialects that [Parse] knows.
const (
	Postgres Dialect = iota
	SQLite
)

// Script is a parsed file.
type Script struct {
	Statements []Statement
	// NoTransaction is set by a line --keryx:no-transaction.
	NoTransaction bool
}

// Statement is one statement without its semicolon.
type Statement struct {
	SQL  string
	Line int // where it begins in the file, from 1
}

// Excerpt returns the beginning of the statement's first line.
func (s Statement) Excerpt() string {
	const longest = 60
	first, _, more := strings.Cut(s.SQL, "\n")
	first = strings.TrimSpace(first)
	if utf8.RuneCountInString(first) > longest {
		return string([]rune(first)[:longest]) + "…"
	}
	if more {
		return first + " …"
	}
	return first
}

// newSessions are the objects whose settings are the defaults of new sessions.
var newSessions = []string{"role", "user", "group", "database", "system"}

// KeepsSession reports whether the script, as far as its text says, leaves its
// session as it was, and the defaults of new ones.
func (s Script) KeepsSession(d Dialect) bool {
	for _, statement := range s.Statements {
		words := firstWords(statement.SQL, d, 2)
		if Changes(statement.SQL, d) != Nothing || words[0] == "alter" && slices.Contains(newSessions, words[1]) {
			return false
		}
	}
	return true
}

// Directives, each on a line of its own.
const (
	splitDirective         = "--bun:split"
	noTransactionDirective = "--keryx:no-transaction"
)

// Parse reads a file. Statements end at semicolons and at lines --bun:split. An
// error names the line. It is an error when a statement begins, commits or rolls
// back a transaction, when it copies from or to the client, and when it is a command
// of psql.
func Parse(text string, d Dialect) (Script, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return Script{}, errors.New("it is not UTF-8 text")
	}
	p := splitter{lexer: lexer{src: text, dialect: d}}
	for more := true; more; {
		var statement Statement
		var err error
		statement, more, err = p.statement()
		if err == nil && statement.SQL != "" {
			// Before what follows it, such as the rows of a COPY, is read as SQL.
			err = check(statement, d)
			p.script.Statements = append(p.script.Statements, statement)
		}
		if err != nil {
			return Script{}, err
		}
	}
	return p.script, nil
}
