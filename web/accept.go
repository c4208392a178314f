package web

import (
	"strconv"
	"strings"
)

// accepts reports whether a header such as Accept or Accept-Encoding gives a weight
// above zero to the first of names that it has: the name itself comes before wildcards.
func accepts(lines []string, names ...string) bool {
	for _, name := range names {
		for _, line := range lines {
			for element := range strings.SplitSeq(line, ",") {
				if got, params, _ := strings.Cut(element, ";"); strings.EqualFold(strings.TrimSpace(got), name) {
					return weight(params) > 0
				}
			}
		}
	}
	return false
}

// weight returns the parameter q of an element, 1 when there is none, and 0 when it is
// not a number.
func weight(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(key), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return 0
		}
		return q
	}
	return 1
}

// acceptsGzip reports whether an Accept-Encoding allows gzip.
func acceptsGzip(lines []string) bool { return accepts(lines, "gzip", "x-gzip", "*") }

// asksForHTML reports whether an Accept names HTML, as browsers do for a page and for
// nothing else.
func asksForHTML(lines []string) bool { return accepts(lines, "text/html") }

// takesHTML reports whether an Accept allows HTML. Without an Accept, anything is
// allowed.
func takesHTML(lines []string) bool {
	return len(lines) == 0 || accepts(lines, "text/html", "text/*", "*/*")
}
