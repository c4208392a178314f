package config

import (
	"reflect"
	"strings"
)

// Markdown returns a table of all settings: variable, default and meaning. It
// depends on the tags alone, not on what is set, so that a test can compare it with
// a document.
func (s *Set) Markdown() string {
	var b strings.Builder
	b.WriteString("| Variable | Default | Meaning |\n|---|---|---|\n")
	for _, section := range s.sections {
		for _, r := range section.rows {
			b.WriteString("| `" + r.variable + "` | " + cell(r.defaultCell()) + " | " + cell(r.meaning()) + " |\n")
		}
	}
	return b.String()
}

func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

func (l *leaf) defaultCell() string {
	if l.required {
		return "required"
	}
	return l.defaults
}

// meaning joins what the tags say into sentences.
func (l *leaf) meaning() string {
	sentences := []string{}
	if l.doc != "" {
		sentences = append(sentences, l.doc)
	}
	if l.unit != "" {
		sentences = append(sentences, "A bare number is "+units[l.unit].words+".")
	}
	if l.enum != nil {
		sentences = append(sentences, "One of: "+strings.Join(l.enum, ", ")+".")
	}
	// That a number is not negative goes without saying.
	if r := l.rangeInWords(); r != "" && r != "at least 0" && r != "at least 0s" {
		sentences = append(sentences, capital(r)+".")
	}
	if l.empty != "" {
		sentences = append(sentences, "Empty: "+l.empty+".")
	}
	return strings.Join(sentences, " ")
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// defaultsInWords writes the default, and what it is in some environments, in
// Markdown and in the order of the tags.
func (l *leaf) defaultsInWords(tag reflect.StructTag) string {
	if words := tag.Get("envDefaultFrom"); words != "" {
		return words
	}
	var parts []string
	if text, ok := tag.Lookup("envDefault"); ok {
		parts = append(parts, l.code(text))
	}
	for rest := string(tag); ; {
		_, after, ok := strings.Cut(rest, "envDefault.")
		if !ok {
			return strings.Join(parts, ", ")
		}
		environment, _, _ := strings.Cut(after, ":")
		if text, ok := tag.Lookup("envDefault." + environment); ok {
			parts = append(parts, l.code(text)+" in "+environment)
		}
		rest = after
	}
}

func (l *leaf) code(text string) string {
	if text == "" {
		return "empty"
	}
	return "`" + l.mask(text) + "`"
}
