// Package doctest keeps the code and the commands of a Markdown page true:
// [Snippets] finds its Go code in code that is compiled, and [Commands] reads its
// shell commands, with the output that they are said to have, for a test to run.
package doctest

import (
	"os"
	"strings"
)

// block is a fenced block of a page, its lines without indentation.
type block struct {
	language string
	lines    []string
	line     int // where in the page the first of lines is
}

func readBlocks(path string) (blocks []block, err error) {
	text, err := os.ReadFile(path)
	open := false
	for i, line := range trimmed(string(text)) {
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !open:
			blocks = append(blocks, block{language: language, line: i + 2})
			fallthrough
		case fence:
			open = !open
		case open:
			last := &blocks[len(blocks)-1]
			last.lines = append(last.lines, line)
		}
	}
	return blocks, err
}

func trimmed(text string) []string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return lines
}
