package redis

import (
	"fmt"
	"strings"
)

// checkPrefix returns an error for what cannot begin the names of keys. A brace would
// change which keys of a cluster are on one server, and a wildcard what a pattern fits.
func checkPrefix(prefix, variable string) error {
	i := strings.IndexFunc(prefix, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(":._-/", r)
	})
	if i < 0 {
		return nil
	}
	return fmt.Errorf("%s %q has a character that is no letter of ASCII, no digit, and none of : . _ - /", variable, prefix)
}
