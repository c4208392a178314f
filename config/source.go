package config

import (
	"regexp"
	"strings"
)

// The environment's name has a variable with a fallback, and no variant per
// environment.
const (
	environmentVariable = "KERYX_ENV"
	environmentFallback = "NODE_ENV"
	environmentDefault  = "development"
)

var environmentName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// source is one place where variables are set.
type source struct {
	name   string
	values map[string]string
}

// variables returns the environment by name; the last of equal names wins.
func variables(environ []string) map[string]string {
	values := make(map[string]string, len(environ))
	for _, variable := range environ {
		if name, value, ok := strings.Cut(variable, "="); ok && name != "" {
			values[name] = value
		}
	}
	return values
}

// sources is all sources. Values that are set win over defaults, whatever
// the names.
type sources struct {
	set, defaults []source
	environment   string
}

// found is a variable with a value, and where it was found.
type found struct {
	variable, value, source string
}

// findEnvironment settles the environment's name, which decides what else is
// looked up. A name that cannot be is left to be reported with the other
// settings.
func (s *sources) findEnvironment() {
	s.environment = environmentDefault
	if f, ok := s.find(environmentVariable, false); ok {
		if name, m := checkEnvironment(strings.TrimSpace(f.value)); m == nil {
			s.environment = name
		}
	}
}

// find looks a variable up. An empty value counts only when empty means
// something.
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

// names are the variables that set a setting, the strongest first.
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
