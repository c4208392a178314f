package report

import (
	"errors"
	"strings"
)

// heading is the heading of a new Markdown file.
const heading = "# Benchmarks\n"

// Update returns a Markdown file with the section of the named suite replaced by
// content. The section lies between the comments <!-- bench:name --> and <!--
// /bench:name -->. A file without them gets them at its end.
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
		return "", errors.New("the comments " + begin + " and " + end + " must enclose the place for the table, in this order")
	}
	return before + begin + "\n" + content + end + after, nil
}
