package doctest

import (
	"fmt"
	"regexp"
	"strings"
)

// Command is a command of a page, from a block of the language sh.
type Command struct {
	Args []string // its words, without quotes, those before its name included
	Want string   // the comments that follow at once: its output, … for any text
	At   string   // where it is: "page.md:12"
}

var (
	word    = regexp.MustCompile(`(?:'[^']*'|"[^"$\\]*"|[^\s'"])+`)
	quoted  = regexp.MustCompile(`'([^']*)'|"([^"$\\]*)"`)
	special = regexp.MustCompile("[|&;<>()$`*?\\[\\]{}~\\\\'\"]")
)

// Commands returns the commands of a page in their order. What a shell would
// expand, redirect or join must be in quotes, or is an error.
func Commands(page string) (commands []Command, err error) {
	blocks, err := readBlocks(page)
	for _, b := range blocks {
		output := false // whether a comment would be
		for i, line := range b.lines {
			text, comment := strings.CutPrefix(line, "#")
			switch {
			case b.language != "sh":
			case comment && output:
				last := &commands[len(commands)-1]
				last.Want = strings.TrimSpace(last.Want + "\n" + strings.TrimSpace(text))
			case comment || line == "":
				output = false
			default:
				line, _, _ = strings.Cut(line, " # ")
				c := Command{At: fmt.Sprintf("%s:%d", page, b.line+i)}
				if bare := quoted.ReplaceAllString(line, ""); special.MatchString(bare) {
					return nil, fmt.Errorf("%s: a shell reads this otherwise; quote it: %s", c.At, line)
				}
				for _, w := range word.FindAllString(line, -1) {
					c.Args = append(c.Args, quoted.ReplaceAllString(w, "$1$2"))
				}
				commands, output = append(commands, c), true
			}
		}
	}
	return commands, err
}

// Check compares what the command printed with what the page shows.
func (c Command) Check(got string) error {
	got = strings.TrimSpace(got)
	pattern := strings.ReplaceAll(regexp.QuoteMeta(c.Want), "…", "(?s:.*)")
	if c.Want == "" || regexp.MustCompile("^"+pattern+"$").MatchString(got) {
		return nil
	}
	return fmt.Errorf("%s: %s\nshows:\n%s\nprinted:\n%s", c.At, strings.Join(c.Args, " "), c.Want, got)
}
