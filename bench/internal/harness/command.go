package harness

import (
	"flag"
	"path/filepath"
	"strings"
)

// Public is a flag.Value with a form for publication, such as one without host names.
// It returns one value for each use of the flag.
type Public interface{ Public() []string }

// commandLine returns the command that repeats a measurement, fit for publication:
// without paths and hosts of one machine.
func commandLine(suite string, f *flag.FlagSet) string {
	words := []string{"cd bench && go run . " + suite}
	f.Visit(func(f *flag.Flag) {
		if p, ok := f.Value.(Public); ok {
			for _, value := range p.Public() {
				words = append(words, "--"+f.Name, quote(value))
			}
			return
		}
		value := f.Value.String()
		if (f.Name == "json" || f.Name == "docs") && filepath.IsAbs(value) {
			return
		}
		words = append(words, "--"+f.Name, quote(value))
	})
	return strings.Join(words, " ")
}

// quote quotes a word for a shell's command line.
func quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n()<>[]{}&|?*;~#!`'\"$\\") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
