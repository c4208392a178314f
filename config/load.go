package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
)

// Options say where settings are read from. The zero value reads the
// environment of the process and the file .env in the working directory.
type Options struct {
	// Environ is the environment as "NAME=value", the last of equal names
	// winning. Nil means [os.Environ]; empty but not nil means none.
	Environ []string
	// DotEnv is the path of the .env file. "" means ".env", "-" means none. A
	// file that does not exist is as good as an empty one.
	DotEnv string
	// Defaults are the app's own, by variable. They win over the built-in ones
	// only.
	Defaults map[string]string
}

// state is what a Config knows about where its settings came from.
type state struct {
	sources  sources
	sections []*section
}

// Load reads the settings. The error has one line for each variable that is
// wrong, which names it, its value and what was expected. The Config is never
// nil: with an error, the settings that are wrong have their built-in default.
func Load(o Options) (*Config, error) {
	environ := o.Environ
	if environ == nil {
		environ = os.Environ()
	}
	file, dotenv, dotenvErr := readDotEnv(o.DotEnv)
	c := &Config{state: &state{sources: sources{
		set:      []source{{"environment", variables(environ)}, {file, dotenv}},
		defaults: []source{{"app default", maps.Clone(o.Defaults)}},
	}}}
	c.state.sources.findEnvironment()
	return c, errors.Join(dotenvErr, c.loadOwn())
}

// loadOwn fills the Config itself.
func (c *Config) loadOwn() error {
	s, err := newSection("", c, c.state.sources.environment)
	if err != nil {
		panic("keryx: " + err.Error())
	}
	err = s.load(&c.state.sources)
	c.derive(s)
	if err == nil {
		err = c.consistent()
	}
	c.state.sections = append(c.state.sections, s)
	return err
}

// Bind reads an app's own settings into a pointer to a struct, by the tags
// that the package documentation lists, from where [Load] read the others. The
// section is the name under which [Config.Settings] lists them: "Audit" makes
// "Audit.RetentionDays" of a field. A field without a default keeps what it
// holds when there is no value for it.
//
// The error has one line for each variable that is wrong; their fields have
// their default. A section that is there already, and a struct with a tag that
// makes no sense, is an error too, and then nothing is bound.
func (c *Config) Bind(section string, into any) error {
	if c.state == nil {
		c.state = c.unloaded()
	}
	if _, ours := reflect.TypeFor[Config]().FieldByName(section); ours || section == "" {
		return fmt.Errorf("config: section %q: bind needs a name that is not empty and none of the framework's", section)
	}
	for _, s := range c.state.sections {
		if s.name == section {
			return fmt.Errorf("config: section %s is bound already; give each its own name", section)
		}
	}
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("config: section %s: bind needs a pointer to a struct, not %T", section, into)
	}
	s, err := newSection(section, into, c.state.sources.environment)
	if err != nil {
		return err
	}
	c.state.sections = append(c.state.sections, s)
	return s.load(&c.state.sources)
}

// unloaded is the state of a Config that was not made by Load: as if nothing
// had been set but what is in its fields.
func (c *Config) unloaded() *state {
	defaults := &Config{state: &state{sources: sources{environment: c.Process.Env}}}
	// Nothing is set, so nothing can be wrong.
	_ = defaults.loadOwn()
	return defaults.state
}
