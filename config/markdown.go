package config

import (
	"reflect"
	"strings"
)

func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

func defaultCell(l *leaf) string {
	if l.required {
		return "required"
	}
	return l.defaults
}

// meaning returns the documentation of the tags as sentences.
func meaning(l *leaf) string {
	sentences := []string{}
	if l.doc != "" {
		sentences = append(sentences, l.doc)
	}
	if l.parser.unit != "" {
		sentences = append(sentences, "A bare number is "+units[l.parser.unit].words+".")
	}
	if l.form.enum != nil {
		sentences = append(sentences, "One of: "+strings.Join(l.form.enum, ", ")+".")
	}
	// A minimum of zero is the normal case.
	if r := l.limits.String(); r != "" && r != "at least 0" && r != "at least 0s" {
		sentences = append(sentences, capital(r)+".")
	}
	if l.empty != "" {
		sentences = append(sentences, "Empty: "+l.empty+".")
	}
	return strings.Join(sentences, " ")
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// defaultsInWords returns the default, and the defaults of environments that differ, in
// Markdown and in the order of the tags.
func defaultsInWords(l *leaf, tag reflect.StructTag) string {
	if words := tag.Get("envDefaultFrom"); words != "" {
		return words
	}
	var parts []string
	if text, ok := tag.Lookup("envDefault"); ok {
		parts = append(parts, code(l, text))
	}
	for rest := string(tag); ; {
		_, after, ok := strings.Cut(rest, "envDefault.")
		if !ok {
			return strings.Join(parts, ", ")
		}
		environment, _, _ := strings.Cut(after, ":")
		if text, ok := tag.Lookup("envDefault." + environment); ok {
			parts = append(parts, code(l, text)+" in "+environment)
		}
		rest = after
	}
}

func code(l *leaf, text string) string {
	if text == "" {
		return "empty"
	}
	return "`" + l.mask(text) + "`"
}
