// Package command is the table of Redis' commands: names, numbers of arguments,
// flags. commands.txt holds those of Redis 7.0 as its COMMAND lists them, and
// extra.txt some of later versions that miniredis has.
package command

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
)

//go:embed commands.txt
var redis70 string

//go:embed extra.txt
var extra string

// Command is a row of the table.
type Command struct {
	Name   string // in lower case; a subcommand's is "client|id"
	Arity  int    // with the name itself; negative for at least
	Flags  []string
	First  int // index of the first key, 0 for none
	Last   int // of the last one; negative counts from the end
	Step   int
	Groups []string // the categories of an ACL, "@fast"
	Subs   []*Command
	Extra  bool // not a command of Redis 7.0
}

// Has reports whether c has a flag.
func (c *Command) Has(flag string) bool { return slices.Contains(c.Flags, flag) }

// Accepts reports whether a request of n words, the name among them, has the
// right number.
func (c *Command) Accepts(n int) bool {
	if c.Arity < 0 {
		return n >= -c.Arity
	}
	return n == c.Arity
}

// Keys returns the keys of a request whose keys have fixed places.
func (c *Command) Keys(args []string) []string {
	if c.First == 0 {
		return nil
	}
	last := c.Last
	if last < 0 {
		last += len(args)
	}
	var keys []string
	for i := c.First; i <= last && i < len(args); i += max(c.Step, 1) {
		keys = append(keys, args[i])
	}
	return keys
}

var table, names = parse()

// Find returns the command of a name in lower case, or nil.
func Find(name string) *Command { return table[name] }

// Names returns the names of all commands, sorted, without subcommands.
func Names() []string { return names }

func parse() (map[string]*Command, []string) {
	all := map[string]*Command{}
	var top []string
	for i, text := range []string{redis70, extra} {
		for line := range strings.Lines(text) {
			c := row(strings.TrimSuffix(line, "\n"))
			c.Extra = i > 0
			all[c.Name] = c
			if container, _, sub := strings.Cut(c.Name, "|"); sub {
				all[container].Subs = append(all[container].Subs, c)
			} else {
				top = append(top, c.Name)
			}
		}
	}
	slices.Sort(top)
	return all, top
}

func row(line string) *Command {
	f := strings.Split(line, "\t")
	c := &Command{Name: f[0], Arity: number(f[1]), First: number(f[3]), Last: number(f[4]), Step: number(f[5])}
	if f[2] != "-" {
		c.Flags = strings.Split(f[2], ",")
	}
	if f[6] != "-" {
		c.Groups = strings.Split(f[6], ",")
	}
	return c
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic("command: the table has no number where one must be: " + text)
	}
	return n
}
