package script

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// split cuts text at the semicolons that end statements. Those in quotes,
// comments, parentheses, and in the body of a trigger or of a function that is
// not quoted, do not.
func split(text string, d Dialect) ([]Statement, error) {
	var found []Statement
	for statement, err := range parts(text, d) {
		if err == nil {
			// Before what follows it, such as the rows of a COPY, is read as SQL.
			err = check(statement, d)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, statement)
	}
	return found, nil
}

// parts are the statements of a text, up to the first error.
func parts(text string, d Dialect) iter.Seq2[Statement, error] {
	return func(yield func(Statement, error) bool) {
		s := splitter{lexer: lexer{src: text, dialect: d}}
		for more := true; more; {
			var statement Statement
			var err error
			statement, more, err = s.statement()
			if (err != nil || statement.SQL != "") && !yield(statement, err) || err != nil {
				return
			}
		}
	}
}

type splitter struct {
	lexer
	words  []string // the first of the statement, in lower case
	parens int
	blocks int // BEGIN and CASE that wait for their END

	counted, lines int // how far line has counted, and what
}

// statement reads up to a semicolon or the end of the text.
func (s *splitter) statement() (_ Statement, more bool, _ error) {
	s.words, s.parens, s.blocks = s.words[:0], 0, 0
	first, last := -1, 0
	for {
		at := s.pos
		k, token, err := s.next()
		if err != nil {
			return Statement{}, false, err
		}
		switch {
		case k == blank:
			continue
		case first < 0 && token == `\` && s.dialect == Postgres:
			return Statement{}, false, s.psqlCommand(at)
		case k == end && first >= 0 && (s.blocks > 0 || s.parens > 0):
			return Statement{}, false, fmt.Errorf("line %d: the statement's body or parenthesis does not end", s.line(first))
		case k == end, k == semicolon && s.parens <= 0 && s.blocks == 0:
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
		last = s.pos
	}
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
	case w == "end" && s.blocks > 0:
		s.blocks--
	}
}

// hasBody reports whether the statement creates what may have a body between
// BEGIN and END: a trigger on SQLite; on Postgres a routine, whose body begins
// with BEGIN ATOMIC.
func (s *splitter) hasBody() bool {
	if len(s.words) == 0 || s.words[0] != "create" {
		return false
	}
	kinds := s.words[1:]
	if s.dialect == SQLite {
		if len(kinds) > 0 && (kinds[0] == "temp" || kinds[0] == "temporary") {
			kinds = kinds[1:]
		}
		return len(kinds) > 0 && kinds[0] == "trigger"
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
