package console

import (
	"fmt"
	"strings"
)

// maxListed is how many names a line has.
const maxListed = 20

// List returns names as one line: "a, b, c", with the first twenty of many names and
// the number of the others.
func List(names []string) string {
	if len(names) <= maxListed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), len(names)-maxListed)
}
