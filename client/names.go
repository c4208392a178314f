package client

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// names are the names that are taken in a scope.
type names map[string]bool

// take returns a name that is free, with a number behind it if need be, and takes it.
func (n names) take(name string) string {
	free := name
	for i := 2; n[free]; i++ {
		free = name + strconv.Itoa(i)
	}
	n[free] = true
	return free
}

// initialisms are the words that Go writes in capitals.
var initialisms = []string{"api", "css", "csrf", "csv", "db", "dns", "html", "http", "https", "id", "ids", "ip", "json", "ok", "pdf", "sql", "tcp", "ui", "uri", "url", "uuid", "xml"}

// pascal returns a name as an exported identifier, whatever it is made of: "a-b:c.d" is
// "ABCD". One that does not begin with a letter has the prefix.
func pascal(name, prefix string, goStyle bool) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		lower := strings.ToLower(word)
		switch {
		case goStyle && lower == "ids":
			b.WriteString("IDs")
		case goStyle && slices.Contains(initialisms, lower):
			b.WriteString(strings.ToUpper(word))
		case goStyle && strings.HasSuffix(word, "Id"):
			b.WriteString(capital(word[:len(word)-2]) + "ID")
		default:
			b.WriteString(capital(word))
		}
	}
	if first, _ := utf8.DecodeRuneInString(b.String()); unicode.IsUpper(first) {
		return b.String()
	}
	return prefix + b.String()
}

// capital returns a word that begins with a capital letter.
func capital(word string) string {
	for _, r := range word {
		return string(unicode.ToUpper(r)) + word[len(string(r)):]
	}
	return ""
}

const components = "#/components/schemas/"

// typeNames returns the identifiers of the types of a model.
func typeNames(m *model, taken names, goStyle bool) map[string]string {
	all := map[string]string{}
	for _, t := range m.types {
		all[components+t.Name] = taken.take(pascal(t.Name, "Type", goStyle))
	}
	return all
}
