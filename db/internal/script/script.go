// Package script cuts a file of SQL into its statements, so that each can be
// run, and named when it fails, by itself. It knows where SQL text is quoted,
// not what it means.
package script

import (
	"errors"
	"fmt"
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

// KeepsSession reports whether the script, as far as its text says, leaves its
// session as it was, and the defaults of new ones.
func (s Script) KeepsSession(d Dialect) bool {
	for _, statement := range s.Statements {
		if Changes(statement.SQL, d) != Nothing {
			return false
		}
		for inner, err := range parts(statement.SQL, d) {
			words := firstWords(inner.SQL, d, 2)
			if err != nil || words[0] == "alter" && slices.Contains([]string{"role", "user", "group", "database", "system"}, words[1]) {
				return false
			}
		}
	}
	return true
}

// Directives, each on a line of its own.
const (
	splitDirective         = "--bun:split"
	noTransactionDirective = "--keryx:no-transaction"
)

// Parse reads a file. Statements end at their semicolons, or, in a file that
// has --bun:split lines, at these and nowhere else. An error names the line. It
// is an error when a statement begins, commits or rolls back a transaction,
// when it copies from or to the client, and when it is a command of psql.
func Parse(text string, d Dialect) (Script, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return Script{}, errors.New("it is not UTF-8 text")
	}
	s, chunks, err := directives(text)
	if err != nil {
		return Script{}, err
	}
	if len(chunks) == 1 {
		s.Statements, err = split(text, d)
	} else {
		s.Statements, err = whole(chunks, d)
	}
	if err != nil {
		return Script{}, err
	}
	return s, nil
}

// directives cuts text at its --bun:split lines.
func directives(text string) (s Script, chunks []Statement, err error) {
	var chunk strings.Builder
	begin, line := 1, 0
	for raw := range strings.Lines(text) {
		line++
		name := strings.TrimSpace(raw)
		switch {
		case name == splitDirective:
			chunks = append(chunks, Statement{SQL: chunk.String(), Line: begin})
			chunk.Reset()
			begin = line + 1
			continue
		case name == noTransactionDirective:
			s.NoTransaction = true
		case strings.HasPrefix(name, "--bun:"), strings.HasPrefix(name, "--keryx:"):
			return s, nil, fmt.Errorf("line %d: %s is no directive; known are %s and %s",
				line, name, splitDirective, noTransactionDirective)
		}
		chunk.WriteString(raw)
	}
	return s, append(chunks, Statement{SQL: chunk.String(), Line: begin}), nil
}

// whole returns chunks as statements, without the white space and comments
// before each, and without those that hold nothing else.
func whole(chunks []Statement, d Dialect) ([]Statement, error) {
	var statements []Statement
	for _, c := range chunks {
		l := lexer{src: c.SQL, dialect: d}
		start := 0
		k, _, err := l.next()
		for ; k == blank && err == nil; k, _, err = l.next() {
			start = l.pos
		}
		if k == end && err == nil {
			continue
		}
		c.Line += strings.Count(c.SQL[:start], "\n")
		c.SQL = strings.TrimSpace(c.SQL[start:])
		if err := check(c, d); err != nil {
			return nil, err
		}
		if err := checkInside(c, d); err != nil {
			return nil, err
		}
		statements = append(statements, c)
	}
	return statements, nil
}
