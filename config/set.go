package config

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"strings"
)

// Options are the sources of settings. The zero value reads the environment of the
// process and the file .env in the working directory.
type Options struct {
	// Environ is the environment as "NAME=value"; the last of equal names wins. Nil
	// means [os.Environ], and an empty slice means none.
	Environ []string
	// DotEnv is the path of the .env file. "" means ".env", "-" means none. A missing
	// file counts as an empty one.
	DotEnv string
	// Defaults are the app's own defaults, by variable. They override only the built-in
	// ones.
	Defaults map[string]string
}

// Set has the settings of an app: the structs that are bound to it, and the sources of
// their values. It is safe for concurrent use, except for Bind.
type Set struct {
	sources  sources
	sections []*section
	mistakes []error
}

// Open reads the environment and the .env file. It does not fail: [Set.Err] returns the
// error of a file that cannot be read.
func Open(o Options) *Set {
	environ := o.Environ
	if environ == nil {
		environ = os.Environ()
	}
	file, dotenv, err := readDotEnv(o.DotEnv)
	s := &Set{sources: sources{
		set:      []source{{"environment", variables(environ)}, {file, dotenv}},
		defaults: []source{{"app default", maps.Clone(o.Defaults)}},
	}}
	s.sources.findEnvironment()
	s.remember(err)
	return s
}

// Err returns the mistakes in the .env file and in the bound sections, in this order,
// one per line. It returns nil if there are none.
func (s *Set) Err() error { return errors.Join(s.mistakes...) }

// remember adds a mistake to those of Err and returns it.
func (s *Set) remember(err error) error {
	if err != nil {
		s.mistakes = append(s.mistakes, err)
	}
	return err
}

// Bind reads the settings of a section into target, a pointer to a struct with the tags
// of the package documentation, and remembers both. Section is the name in the paths of
// [Set.Settings]: "Audit" makes the path "Audit.RetentionDays" of a field. If section
// is "", paths begin with the name of the field. A field without a default keeps its
// value when its variable is not set.
//
// The error has one line for each invalid variable; the field of that variable has its
// default. Bind also returns an error, and binds nothing, when the section exists
// already, when a variable belongs to another setting, and when a tag is invalid.
// [Set.Err] returns these errors as well.
func (s *Set) Bind(section string, target any) error {
	return s.remember(s.bind(section, target))
}

func (s *Set) bind(name string, target any) error {
	if err := s.checkName(name); err != nil {
		return err
	}
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("config: section %q: Bind needs a pointer to a struct, not %T", name, target)
	}
	added, err := newSection(name, target, s.sources.environment)
	if err == nil {
		err = s.checkVariables(added)
	}
	if err != nil {
		return err
	}
	s.sections = append(s.sections, added)
	return added.load(&s.sources)
}

// checkName returns an error for the name of an existing section.
func (s *Set) checkName(name string) error {
	for _, known := range s.sections {
		if known.name == name {
			return fmt.Errorf("config: section %q is bound already; give each its own name", name)
		}
		for _, r := range known.rows {
			if group, _, _ := strings.Cut(known.path(r.leaf), "."); group == name {
				return fmt.Errorf("config: section %q: %s has that name already; give each its own name", name, known.path(r.leaf))
			}
		}
	}
	return nil
}

// checkVariables returns an error for a variable that already sets another field,
// because it would have two meanings.
func (s *Set) checkVariables(added *section) error {
	paths := map[string]string{}
	for _, known := range s.sections {
		for _, r := range known.rows {
			paths[r.variable] = known.path(r.leaf)
		}
	}
	var errs []error
	for _, r := range added.rows {
		path := added.path(r.leaf)
		if other, ok := paths[r.variable]; ok {
			errs = append(errs, fmt.Errorf("config: %s and %s have the same variable %s; give each its own", other, path, r.variable))
		}
		paths[r.variable] = path
	}
	return errors.Join(errs...)
}

// Settings lists all settings in the order of their binding.
func (s *Set) Settings() []Setting {
	var settings []Setting
	for _, section := range s.sections {
		for _, r := range section.rows {
			settings = append(settings, r.setting(section))
		}
	}
	return settings
}

// String lists the settings, one "VARIABLE=value" per line, with secrets masked.
func (s *Set) String() string {
	var b strings.Builder
	for _, setting := range s.Settings() {
		b.WriteString(setting.Variable + "=" + setting.Value + "\n")
	}
	return b.String()
}

// LogValue returns the settings by variable, with secrets masked, so that a Set can be
// logged.
func (s *Set) LogValue() slog.Value {
	var attrs []slog.Attr
	for _, setting := range s.Settings() {
		attrs = append(attrs, slog.String(setting.Variable, setting.Value))
	}
	return slog.GroupValue(attrs...)
}

// Markdown returns a table of all settings: variable, default and meaning. It depends
// only on the tags, not on the values, so that a test can compare it with a document.
func (s *Set) Markdown() string {
	var b strings.Builder
	b.WriteString("| Variable | Default | Meaning |\n|---|---|---|\n")
	for _, section := range s.sections {
		for _, r := range section.rows {
			b.WriteString("| `" + r.variable + "` | " + cell(defaultCell(r.leaf)) + " | " + cell(meaning(r.leaf)) + " |\n")
		}
	}
	return b.String()
}
