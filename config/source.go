package config

import (
	"regexp"
	"strings"
)

// The name of the environment has a variable with a fallback, and no variants for
// environments.
const (
	environmentVariable = "KERYX_ENV"
	environmentFallback = "NODE_ENV"
	environmentDefault  = "development"
)

var environmentName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// source is one source of variables.
type source struct {
	name   string
	values map[string]string
}

// variables returns the environment by name. The last of equal names wins.
func variables(environ []string) map[string]string {
	values := make(map[string]string, len(environ))
	for _, variable := range environ {
		if name, value, ok := strings.Cut(variable, "="); ok && name != "" {
			values[name] = value
		}
	}
	return values
}

// sources has all sources. A set value wins over a default, whatever their names.
type sources struct {
	set, defaults []source
	environment   string
}

// found is a variable with its value and source.
type found struct {
	variable, value, source string
}

// findEnvironment sets the name of the environment, which affects further lookups. An
// invalid name is reported later, with the other settings.
func (s *sources) findEnvironment() {
	s.environment = environmentDefault
	if f, ok := s.find(environmentVariable, false); ok {
		if name, m := checkEnvironment(strings.TrimSpace(f.value)); m == nil {
			s.environment = name
		}
	}
}

// find looks up a variable. An empty value counts only if empty is true.
func (s *sources) find(variable string, empty bool) (found, bool) {
	names := s.names(variable)
	for _, layer := range [][]source{s.set, s.defaults} {
		for _, name := range names {
			for _, from := range layer {
				value, ok := from.values[name]
				if ok && (empty || strings.TrimSpace(value) != "") {
					return found{name, value, from.name}, true
				}
			}
		}
	}
	return found{}, false
}

// names returns the variables of a setting, the strongest first.
func (s *sources) names(variable string) []string {
	if variable == environmentVariable {
		return []string{environmentVariable, environmentFallback}
	}
	if s.environment == "" {
		return []string{variable}
	}
	suffix := strings.ToUpper(strings.ReplaceAll(s.environment, "-", "_"))
	return []string{variable + "_" + suffix, variable}
}
