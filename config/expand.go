package config

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The parser of .env files expands ${NAME}, and takes ${NAME:-default} for ${NAME} with
// text behind it. So it gets marks around the parts, with ${NAME} between them, which it
// expands in its order and unless it is in single quotes:
//
//	markBegin ${NAME} markPart line markPart :-default} markEnd
//
// resolve replaces the marks.
const (
	markBegin = "\x01"
	markPart  = "\x02"
	markEnd   = "\x03"
)

// expansion is ${NAME and more, maybe with a backslash before it, which escapes it.
var expansion = regexp.MustCompile(`\\?\$\{([A-Z0-9_]+)([^A-Z0-9_}][^}\r\n]*\}?)`)

// mark puts marks around the expansions of a file that have more than a name.
func mark(text []byte) []byte {
	if bytes.ContainsAny(text, markBegin+markPart+markEnd) {
		return text
	}
	var marked []byte
	end := 0
	for _, at := range expansion.FindAllSubmatchIndex(text, -1) {
		name, rest := text[at[2]:at[3]], text[at[4]:at[5]]
		if text[at[0]] == '\\' {
			continue
		}
		line := bytes.Count(text[:at[0]], []byte("\n")) + 1
		marked = append(marked, text[end:at[0]]...)
		marked = fmt.Appendf(marked, "%s${%s}%s%d%s", markBegin, name, markPart, line, markPart)
		if end = at[4]; bytes.HasSuffix(rest, []byte("}")) && !bytes.ContainsRune(rest, '$') {
			marked = append(marked, rest...)
			end = at[5]
		}
		marked = append(marked, markEnd...)
	}
	return append(marked, text[end:]...)
}

// resolve replaces the marks in a value, those within others first. Where that is not
// possible it returns the line of the file.
func resolve(value string) (text string, line int) {
	for {
		begin := strings.LastIndex(value, markBegin)
		if begin < 0 {
			return value, 0
		}
		inner, after, closed := strings.Cut(value[begin+1:], markEnd)
		parts := strings.SplitN(inner, markPart, 3)
		if len(parts) < 3 { // a file with marks of its own
			return value, 0
		}
		expanded, rest := parts[0], parts[2]
		if strings.HasPrefix(expanded, "${") { // in single quotes
			expanded = strings.TrimSuffix(expanded, "}") + rest
		} else {
			byDefault, ok := strings.CutPrefix(rest, ":-")
			if !ok || !closed || !strings.HasSuffix(byDefault, "}") {
				line, _ = strconv.Atoi(parts[1])
				return "", line
			}
			if expanded == "" {
				expanded = strings.TrimSuffix(byDefault, "}")
			}
		}
		value = value[:begin] + expanded + after
	}
}
