package generate

import (
	"fmt"
	"go/token"
	"regexp"
	"strings"
	"unicode"
)

// names splits what was typed into words: "user:sendMail", "send-mail" and "send_mail".
var (
	validName = regexp.MustCompile(`^[a-z][A-Za-z0-9]*(?:[-_:][a-z0-9][A-Za-z0-9]*)*$`)
	separator = regexp.MustCompile(`[-_:]+`)
)

// initialisms are words that Go writes in capitals.
var initialisms = map[string]bool{"api": true, "html": true, "http": true, "id": true, "ip": true, "json": true, "sql": true, "url": true, "uuid": true}

// reserved are names that packages of an app cannot have, beside Go's keywords: they stand
// for something else in register.go or in tests.
var reserved = map[string]bool{"api": true, "app": true, "internal": true, "keryx": true, "main": true, "register": true, "vendor": true, "testdata": true}

// checkName returns an error unless a name can be made into those of Go.
func checkName(what, name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("%q is no name for %s: begin with a lower-case letter, and use letters and digits, with - or : between words", name, what)
	}
	return nil
}

// checkPackage returns an error unless a name can be that of a package.
func checkPackage(name string) error {
	if token.IsKeyword(name) || reserved[name] {
		return fmt.Errorf("a package cannot be named %s: the name is taken; choose another one", name)
	}
	return nil
}

// words returns the words of a name, in lower case.
func words(name string) []string {
	var all []string
	for _, part := range separator.Split(name, -1) {
		word := ""
		for i, r := range part {
			if unicode.IsUpper(r) && i > 0 && word != "" {
				all, word = append(all, strings.ToLower(word)), ""
			}
			word += string(r)
		}
		all = append(all, strings.ToLower(word))
	}
	return all
}

// exported returns words as an exported name of Go: PublishedAt, OwnerID.
func exported(words []string) string {
	name := ""
	for _, word := range words {
		if initialisms[word] {
			name += strings.ToUpper(word)
		} else {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return name
}

// unexported returns words as a name that begins in lower case: publishedAt, ownerID.
func unexported(words []string) string { return words[0] + exported(words[1:]) }

// camel returns words as a name of JSON: publishedAt, ownerId.
func camel(words []string) string {
	name := words[0]
	for _, word := range words[1:] {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

// irregular are the plurals that no rule makes.
var irregular = map[string]string{"person": "people", "child": "children", "man": "men", "woman": "women"}

// plural returns the plural of an English word.
func plural(word string) string {
	switch last := word[len(word)-1]; {
	case irregular[word] != "":
		return irregular[word]
	case last == 'y' && len(word) > 1 && !strings.ContainsRune("aeiou", rune(word[len(word)-2])):
		return word[:len(word)-1] + "ies"
	case last == 's', last == 'x', last == 'z', strings.HasSuffix(word, "ch"), strings.HasSuffix(word, "sh"):
		return word + "es"
	}
	return word + "s"
}

// isPlural reports whether a word looks like a plural: posts, but not status or address.
func isPlural(word string) bool {
	return strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us") && !strings.HasSuffix(word, "is")
}
