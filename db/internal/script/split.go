package script

import (
	"fmt"
	"slices"
	"strings"
)

// splitter cuts a text at what ends statements. Semicolons in quotes, comments,
// parentheses, and in the body of a trigger or of a function that is not quoted, do
// not.
type splitter struct {
	lexer
	script Script
	words  []string // the first of the statement, in lower case
	parens int
	blocks int  // BEGIN and CASE that wait for their END
	ended  bool // the token before was a semicolon

	counted, lines int // how far line has counted, and what
}

// statement reads up to a semicolon or the end of the text.
func (s *splitter) statement() (_ Statement, more bool, _ error) {
	s.words, s.parens, s.blocks, s.ended = s.words[:0], 0, 0, false
	first, last := -1, 0
	for {
		at := s.pos
		k, token, err := s.next()
		cut := false
		if err == nil && k == blank {
			cut, err = s.directive(at, token)
		}
		if err != nil {
			return Statement{}, false, err
		}
		switch {
		case k == blank && !cut:
			continue
		case first < 0 && token == `\` && s.dialect == Postgres:
			return Statement{}, false, s.psqlCommand(at)
		case (k == end || cut) && first >= 0 && (s.blocks > 0 || s.parens > 0):
			return Statement{}, false, fmt.Errorf("line %d: the statement's body or parenthesis does not end", s.line(first))
		case k == end, cut, k == semicolon && s.parens <= 0 && s.blocks == 0:
			if first < 0 {
				return Statement{}, k != end, nil
			}
			return Statement{SQL: s.src[first:last], Line: s.line(first)}, k != end, nil
		case k == word:
			s.keyword(strings.ToLower(token))
		case token == "(":
			s.parens++
		case token == ")":
			s.parens--
		}
		if first < 0 {
			first = at
		}
		last, s.ended = s.pos, k == semicolon
	}
}

// directive reads a comment that is a directive, and reports whether it ends the
// statement. Other comments are none: those that do not stand on a line of their own,
// too.
func (s *splitter) directive(at int, comment string) (cut bool, err error) {
	name := strings.TrimSpace(comment)
	line := s.src[1+strings.LastIndexByte(s.src[:at], '\n') : at]
	if !strings.HasPrefix(name, "--bun:") && !strings.HasPrefix(name, "--keryx:") || strings.TrimSpace(line) != "" {
		return false, nil
	}
	switch name {
	case splitDirective:
		return true, nil
	case noTransactionDirective:
		s.script.NoTransaction = true
		return false, nil
	}
	return false, fmt.Errorf("line %d: %s is no directive; known are %s and %s",
		1+strings.Count(s.src[:at], "\n"), name, splitDirective, noTransactionDirective)
}

// keyword follows the blocks of a body whose statements end in semicolons.
func (s *splitter) keyword(w string) {
	if len(s.words) < 4 {
		s.words = append(s.words, w)
	}
	switch {
	case w == "begin" && s.hasBody():
		s.blocks++
	case w == "case" && s.blocks > 0:
		s.blocks++
	case w == "end" && s.blocks == 1 && s.dialect == SQLite && !s.ended: // a column of that name
	case w == "end" && s.blocks > 0:
		s.blocks--
	}
}

// hasBody reports whether the statement creates what may have a body between
// BEGIN and END, and the body follows: of a trigger on SQLite, where a column may be
// named begin or end, too; on Postgres of a routine, whose body begins with BEGIN ATOMIC.
func (s *splitter) hasBody() bool {
	if len(s.words) == 0 || s.words[0] != "create" {
		return false
	}
	kinds := s.words[1:]
	if s.dialect == SQLite {
		if len(kinds) > 0 && (kinds[0] == "temp" || kinds[0] == "temporary") {
			kinds = kinds[1:]
		}
		next := firstWords(s.src[s.pos:], s.dialect, 1)
		return len(kinds) > 0 && kinds[0] == "trigger" && s.blocks == 0 && slices.Contains(bodyWords, next[0])
	}
	if len(kinds) > 1 && kinds[0] == "or" && kinds[1] == "replace" {
		kinds = kinds[2:]
	}
	if len(kinds) == 0 || !slices.Contains([]string{"function", "procedure"}, kinds[0]) {
		return false
	}
	next := firstWords(s.src[s.pos:], s.dialect, 1)
	return next[0] == "atomic"
}

// bodyWords begin the statements of a trigger's body on SQLite.
var bodyWords = []string{"select", "insert", "update", "delete", "replace", "with", "values"}

// line returns the line of a position, which is never before that of an earlier
// call: counting from the top each time would take forever in a large file.
func (s *splitter) line(pos int) int {
	s.lines += strings.Count(s.src[s.counted:pos], "\n")
	s.counted = pos
	return 1 + s.lines
}

// firstWords returns the first n words of a text in lower case, "" for each
// that is not there.
func firstWords(text string, d Dialect, n int) []string {
	words := make([]string, n)
	l := lexer{src: text, dialect: d}
	for i := 0; i < n; {
		k, token, err := l.next()
		switch {
		case err != nil, k != blank && k != word:
			return words
		case k == word:
			words[i] = strings.ToLower(token)
			i++
		}
	}
	return words
}

// psqlCommand returns the error for a line that begins with a backslash.
func (s *splitter) psqlCommand(at int) error {
	line, _, _ := strings.Cut(s.src[at:], "\n")
	return check(Statement{SQL: line, Line: s.line(at)}, s.dialect)
}
