package config

import (
	"log/slog"
	"strings"
)

// Setting is one setting as [Set.Settings] lists it. Secrets and the
// passwords in URLs are masked in it.
type Setting struct {
	// Path is the name of the section and the field: "Audit.RetentionDays".
	Path string
	// Variable is the environment variable: "WEB_SERVER_PORT".
	Variable string
	// Value is what the field holds now.
	Value string
	// Default is the built-in default in this environment.
	Default string
	// Source says where the value came from: "environment", ".env" (the path of
	// the file), "app default", "built-in", or "code" when the field was changed
	// since. A variable of another name than Variable follows in parentheses:
	// "environment (REDIS_URL_TEST)".
	Source string
	// Doc is what the setting means, what it may be, and what an empty value
	// does.
	Doc string
}

// Settings lists all settings in the order in which they were bound.
func (s *Set) Settings() []Setting {
	var settings []Setting
	for _, section := range s.sections {
		for _, r := range section.rows {
			settings = append(settings, r.setting(section))
		}
	}
	return settings
}

func (r *row) setting(s *section) Setting {
	value := textOf(s.root.FieldByIndex(r.index), r.separator)
	source := r.source()
	if value != r.loaded {
		source = "code"
	}
	return Setting{
		Path:     s.path(r.leaf),
		Variable: r.variable,
		Value:    r.mask(value),
		Default:  r.mask(r.byDefault),
		Source:   source,
		Doc:      r.meaning(),
	}
}

func (r *row) source() string {
	switch {
	case r.from.source == "":
		return "built-in"
	case r.from.variable != r.variable:
		return r.from.source + " (" + r.from.variable + ")"
	}
	return r.from.source
}

// String lists the settings, one "VARIABLE=value" a line, secrets masked.
func (s *Set) String() string {
	var b strings.Builder
	for _, setting := range s.Settings() {
		b.WriteString(setting.Variable + "=" + setting.Value + "\n")
	}
	return b.String()
}

// LogValue returns the settings by variable, secrets masked, so that a Set can be
// logged.
func (s *Set) LogValue() slog.Value {
	var attrs []slog.Attr
	for _, setting := range s.Settings() {
		attrs = append(attrs, slog.String(setting.Variable, setting.Value))
	}
	return slog.GroupValue(attrs...)
}
