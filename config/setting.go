package config

import (
	"log/slog"
	"reflect"
	"strings"
)

// Setting is one setting as [Config.Settings] lists it. Secrets and the
// passwords in URLs are masked in it.
type Setting struct {
	// Path is the field below [Config]: "Server.Web.Port". Settings that an app
	// has bound begin with the name of their section.
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

// Settings lists all settings: those of the framework in the order of the
// fields of [Config], then those that an app has bound, in the order of binding.
func (c *Config) Settings() []Setting {
	var settings []Setting
	for _, s := range c.sections() {
		for _, r := range s.rows {
			settings = append(settings, r.setting(s))
		}
	}
	return settings
}

// sections returns what is known of all settings, with the Config itself as
// the first section: it may be a copy of the one that was loaded.
func (c *Config) sections() []*section {
	st := c.state
	if st == nil {
		st = c.unloaded()
	}
	sections := append([]*section(nil), st.sections...)
	own := *sections[0]
	own.root = reflect.ValueOf(c).Elem()
	sections[0] = &own
	return sections
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
func (c *Config) String() string {
	var b strings.Builder
	for _, s := range c.Settings() {
		b.WriteString(s.Variable + "=" + s.Value + "\n")
	}
	return b.String()
}

// LogValue returns the settings by variable, secrets masked, so that a Config
// can be logged.
func (c *Config) LogValue() slog.Value {
	var attrs []slog.Attr
	for _, s := range c.Settings() {
		attrs = append(attrs, slog.String(s.Variable, s.Value))
	}
	return slog.GroupValue(attrs...)
}
