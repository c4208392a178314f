package script

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// kind is what a token means to the splitter.
type kind int

const (
	end       kind = iota // of the text
	blank                 // white space or a comment
	word                  // a keyword or an unquoted name
	semicolon             // at any depth
	other                 // everything else, quoted text included
)

// lexer cuts SQL into tokens, of which it only has to know where they end.
type lexer struct {
	src     string
	dialect Dialect
	pos     int
}

// next returns the next token, or an error when the text ends inside of it.
func (l *lexer) next() (kind, string, error) {
	if l.pos >= len(l.src) {
		return end, "", nil
	}
	start := l.pos
	k, err := l.advance()
	if err != nil {
		line := 1 + strings.Count(l.src[:start], "\n")
		return end, "", fmt.Errorf("line %d: %w", line, err)
	}
	return k, l.src[start:l.pos], nil
}

func (l *lexer) advance() (kind, error) {
	rest := l.src[l.pos:]
	switch c := rest[0]; {
	case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		l.pos++
		return blank, nil
	case strings.HasPrefix(rest, "--"):
		n := strings.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		l.pos += n
		return blank, nil
	case strings.HasPrefix(rest, "/*"):
		return blank, l.comment()
	case c == ';':
		l.pos++
		return semicolon, nil
	case c == '\'' || c == '"' || c == '`' && l.dialect == SQLite:
		return other, l.quoted(c, false)
	case c == '[' && l.dialect == SQLite:
		return other, l.until("]", "a name in [brackets]")
	case c == '$' && l.dialect == Postgres:
		return other, l.dollar()
	case isNameByte(c):
		return l.word()
	}
	_, size := utf8.DecodeRuneInString(rest)
	l.pos += size
	return other, nil
}

// word reads a name, a keyword or a number, and the string that an E before
// its quote makes one with backslashes.
func (l *lexer) word() (kind, error) {
	start := l.pos
	for l.pos < len(l.src) && (isNameByte(l.src[l.pos]) || l.src[l.pos] == '$') {
		l.pos++
	}
	escapes := l.dialect == Postgres && strings.EqualFold(l.src[start:l.pos], "e")
	if escapes && l.pos < len(l.src) && l.src[l.pos] == '\'' {
		return other, l.quoted('\'', true)
	}
	return word, nil
}

// quoted reads up to the closing quote; a doubled one stands for itself.
func (l *lexer) quoted(quote byte, escapes bool) error {
	stops := string(quote)
	if escapes {
		stops += `\`
	}
	for i := l.pos + 1; ; i += 2 {
		next := strings.IndexAny(l.src[min(i, len(l.src)):], stops)
		if next < 0 {
			break
		}
		i += next
		doubled := i+1 < len(l.src) && l.src[i+1] == quote
		if l.src[i] == quote && !doubled {
			l.pos = i + 1
			return nil
		}
	}
	return fmt.Errorf("the text that begins with %c does not end", quote)
}

// dollar reads a dollar-quoted text, or the $ of a parameter.
func (l *lexer) dollar() error {
	i := l.pos + 1
	for i < len(l.src) && isNameByte(l.src[i]) {
		i++
	}
	digit := l.pos+1 < len(l.src) && l.src[l.pos+1] >= '0' && l.src[l.pos+1] <= '9'
	if digit || i >= len(l.src) || l.src[i] != '$' {
		l.pos++
		return nil
	}
	tag := l.src[l.pos : i+1]
	l.pos = i + 1
	return l.until(tag, "the text that begins with "+tag)
}

// comment reads a /* comment */. Those of Postgres nest.
func (l *lexer) comment() error {
	depth := 0
	for i := l.pos; i < len(l.src); i++ {
		switch {
		case strings.HasPrefix(l.src[i:], "/*") && (depth == 0 || l.dialect == Postgres):
			depth++
			i++
		case strings.HasPrefix(l.src[i:], "*/"):
			depth--
			i++
		}
		if depth == 0 {
			l.pos = i + 1
			return nil
		}
	}
	return errors.New("the comment that begins with /* does not end")
}

func (l *lexer) until(closing, what string) error {
	i := strings.Index(l.src[l.pos:], closing)
	if i < 0 {
		return fmt.Errorf("%s does not end", what)
	}
	l.pos += i + len(closing)
	return nil
}

// isNameByte reports whether c may be part of a name. The bytes of a character
// beyond ASCII all are, as both databases have it.
func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}
