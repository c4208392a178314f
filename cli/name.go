package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

// reserved are the commands that every app has.
var reserved = []string{
	"start", "actions", "config", "migrate", "cache", "help", "completion",
	cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd,
}

// CheckName returns an error when an action of that name cannot be a command:
// an own command of the command line has the name, or it could not be typed.
func CheckName(name string) error {
	switch {
	case slices.Contains(reserved, name):
		return fmt.Errorf("the command line has a command %q of its own; rename the action", name)
	case strings.HasPrefix(name, "-"):
		return errors.New("a name that begins with a dash is a flag on the command line; rename the action")
	case strings.ContainsFunc(name, unicode.IsSpace):
		return errors.New("a name with spaces in it cannot be a command; rename the action")
	}
	return nil
}
