package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/internal/suggest"
)

// errPrinted ends a command whose error is already on standard output.
var errPrinted = errors.New("printed")

// failure is an error of a command that ran, as opposed to one of the command line.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// misuse is an error of the command line, with suggestions.
type misuse struct {
	cmd         *cobra.Command // its help is suggested; nil means the called command
	message     string
	suggestions []string
}

func (m *misuse) Error() string { return m.message }

// exit prints an error unless it is already on standard output, and returns the exit
// status. cmd is the called command.
func exit(out *printer, cmd *cobra.Command, err error) int {
	var f failure
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errPrinted):
		return exitFailed
	case errors.As(err, &f):
		fmt.Fprintln(out.stderr, f.Error())
		return exitFailed
	}
	fmt.Fprintln(out.stderr, err)
	var m *misuse
	if errors.As(err, &m) {
		out.suggest(m.suggestions)
		cmd = cmp.Or(m.cmd, cmd)
	}
	fmt.Fprintf(out.stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
	return exitUsage
}

// flagError explains a flag that cannot be parsed.
func flagError(cmd *cobra.Command, err error) error {
	m := &misuse{cmd: cmd, message: err.Error()}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		name := unknown.GetSpecifiedName()
		if letters := unknown.GetSpecifiedShortnames(); len(letters) > 1 {
			name, _, _ = strings.Cut(letters, "=") // -userId=5 for --userId=5
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		for _, similar := range suggest.Closest(name, names) {
			m.suggestions = append(m.suggestions, "--"+similar)
		}
	}
	return m
}

// noArguments is [console.NoArgs], with a suggestion when the value of a boolean flag
// is a separate word.
func noArguments(cmd *cobra.Command, args []string) error {
	err := console.NoArgs(cmd, args)
	if err == nil || args[0] != "true" && args[0] != "false" {
		return err
	}
	m := &misuse{message: err.Error()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.NoOptDefVal != "" {
			m.suggestions = append(m.suggestions, "--"+f.Name+"="+args[0])
		}
	})
	return m
}
