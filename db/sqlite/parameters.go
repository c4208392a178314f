package sqlite

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// defaultPragmas are set unless the URL sets them, by the name or in the short
// forms of the driver.
var defaultPragmas = map[string]string{
	"journal_mode": "WAL",
	"busy_timeout": "5000",
	"foreign_keys": "1",
	"synchronous":  "NORMAL",
}

// short are the driver's short forms of pragmas.
var short = map[string]string{
	"_journal_mode": "journal_mode", "_journal": "journal_mode",
	"_busy_timeout": "busy_timeout", "_timeout": "busy_timeout",
	"_foreign_keys": "foreign_keys", "_fk": "foreign_keys",
	"_synchronous": "synchronous", "_sync": "synchronous",
	"_auto_vacuum": "auto_vacuum", "_vacuum": "auto_vacuum",
	"_query_only": "query_only",
}

// defaultParameters are set unless the URL sets them.
var defaultParameters = map[string]string{
	"_txlock":      "immediate",
	"_time_format": "sqlite",
	"_timezone":    "UTC",
	"_error_rc":    "1", // without it "no such file" reads "out of memory"
}

// known are the other parameters, of the driver and of SQLite.
var known = []string{
	"_pragma", "_time_integer_format", "_inttotime", "_texttotime", "_dqs", "_defensive",
	"vfs", "mode", "cache", "immutable", "nolock", "psow", "modeof",
}

// withDefaults reads a URL's query and adds the defaults; pragmas are defaults
// that win over the common ones.
func withDefaults(query string, pragmas map[string]string) (url.Values, error) {
	parameters, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("the parameters: %w", err)
	}
	set := map[string]bool{}
	for name, values := range parameters {
		_, isDefault := defaultParameters[name]
		pragma, isShort := short[name]
		if !isDefault && !isShort && !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no parameter %q (a pragma is set by _pragma=name(value))", name)
		}
		if isShort {
			set[pragma] = true
		}
		if name == "_pragma" {
			for _, value := range values {
				set[pragmaName(value)] = true
			}
		}
	}
	if parameters.Get("mode") == "ro" || parameters.Has("immutable") {
		set["journal_mode"] = true // to set it is to write
	}
	defaults := maps.Clone(defaultPragmas)
	maps.Copy(defaults, pragmas)
	for name, value := range defaults {
		if !set[name] {
			parameters.Add("_pragma", name+"("+value+")")
		}
	}
	for name, value := range defaultParameters {
		if !parameters.Has(name) {
			parameters.Set(name, value)
		}
	}
	return parameters, nil
}

// pragmaName returns the name in "name(value)" and "name = value".
func pragmaName(pragma string) string {
	name := strings.ToLower(strings.TrimSpace(pragma))
	if end := strings.IndexAny(name, "(= \t"); end >= 0 {
		name = name[:end]
	}
	return strings.TrimPrefix(name, "main.")
}
