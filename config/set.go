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

// Options say where settings are read from. The zero value reads the
// environment of the process and the file .env in the working directory.
type Options struct {
	// Environ is the environment as "NAME=value", the last of equal names
	// winning. Nil means [os.Environ]; empty but not nil means none.
	Environ []string
	// DotEnv is the path of the .env file. "" means ".env", "-" means none. A
	// file that does not exist counts as an empty one.
	DotEnv string
	// Defaults are the app's own defaults, by variable. They win over the
	// built-in ones only.
	Defaults map[string]string
}

// Set is the settings of an app: the structs that are bound to it, and where their
// values came from. It is safe for concurrent use, except for Bind.
type Set struct {
	sources  sources
	sections []*section
	mistakes []error
}

// Open reads the environment and the .env file. It does not fail: a file that
// cannot be read is a mistake that [Set.Err] returns.
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

// Err returns the mistakes in the .env file and in the sections that are bound, in
// this order and a line each, or nil.
func (s *Set) Err() error { return errors.Join(s.mistakes...) }

// remember adds a mistake to those of Err, and returns it.
func (s *Set) remember(err error) error {
	if err != nil {
		s.mistakes = append(s.mistakes, err)
	}
	return err
}

// Bind reads the settings of a section into target, a pointer to a struct with the
// tags that the package documentation lists, and remembers both. Section is the
// name under which [Set.Settings] lists them: "Audit" makes the path
// "Audit.RetentionDays" of a field. A section may be "": its paths begin with the
// names of the fields. A field without a default keeps its value when its variable
// is not set.
//
// The error has one line for each variable that is wrong; its field has the default.
// It is an error too, and nothing is bound, when the section exists already, when a
// variable belongs to another setting, and when a tag makes no sense. [Set.Err]
// returns these errors again.
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

// checkName refuses a name under which settings are listed already.
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

// checkVariables refuses a variable that sets another field already: the two would
// have one value and two meanings.
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

// Markdown returns a table of all settings: variable, default and meaning. It
// depends on the tags alone, not on what is set, so that a test can compare it with
// a document.
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
