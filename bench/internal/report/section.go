package report

import (
	"errors"
	"strings"
)

// heading begins a Markdown file that is new.
const heading = "# Benchmarks\n"

// Update returns a Markdown file with the part that belongs to the named suite
// replaced by content. That part lies between two comments, <!-- bench:name -->
// and <!-- /bench:name -->; a file without them gets them at its end.
func Update(file, name, content string) (string, error) {
	begin, end := "<!-- bench:"+name+" -->", "<!-- /bench:"+name+" -->"
	if strings.TrimSpace(file) == "" {
		file = heading
	}
	if !strings.Contains(file, begin) && !strings.Contains(file, end) {
		file = strings.TrimRight(file, "\n") + "\n\n" + begin + "\n" + end + "\n"
	}
	before, rest, opened := strings.Cut(file, begin)
	_, after, closed := strings.Cut(rest, end)
	if !opened || !closed {
		return "", errors.New("the comments " + begin + " and " + end + " have to enclose the place for the table, in this order")
	}
	return before + begin + "\n" + content + end + after, nil
}
