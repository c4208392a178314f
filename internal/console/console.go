// Package console is what the commands of the command line share: tables, a
// question to answer, a progress bar.
package console

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// IsTerminal reports whether a stream is a terminal, with a person at its other
// end.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a device too, and the input of a service
	return err != nil || !os.SameFile(info, null)
}

// NoArgs is the [cobra.Command.Args] of a command without arguments.
func NoArgs(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unexpected argument %q", args[0])
}

// FlagQuiet is the flag of every command that asks for warnings and errors only.
const FlagQuiet = "quiet"

// Quiet reports whether the flag is set.
func Quiet(cmd *cobra.Command) bool {
	quiet, err := cmd.Flags().GetBool(FlagQuiet)
	return quiet && err == nil
}
