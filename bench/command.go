package main

import (
	"flag"
	"path/filepath"
	"strings"
)

// commandLine returns the command that repeats a measurement, fit to be
// published: without paths and hosts that mean something to one machine only.
func commandLine(f *flag.FlagSet, p peers) string {
	words := []string{"cd bench && go run ."}
	f.Visit(func(f *flag.Flag) {
		value := f.Value.String()
		switch f.Name {
		case "peer":
			for _, peer := range p {
				words = append(words, "--peer", quote(peer.public()))
			}
			return
		case "json", "md", "svg":
			if filepath.IsAbs(value) {
				return
			}
		}
		words = append(words, "--"+f.Name, quote(value))
	})
	return strings.Join(words, " ")
}

// quote makes one word of a shell's command line.
func quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n()<>[]{}&|?*;~#!`'\"$\\") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
