package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

// reserved are the names of cobra's own commands.
var reserved = []string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}

// CheckName returns an error when an action's name cannot be typed as a command. An
// action must not have the name of another command either: start, actions, config,
// help, completion, or one of a part.
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
