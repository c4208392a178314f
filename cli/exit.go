package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// errTold ends a command whose failure is on standard output already.
var errTold = errors.New("told")

// failure is an error of the app, not of the command line.
type failure struct{ error }

func failed(err error) error {
	if err == nil {
		return nil
	}
	return failure{err}
}

// misuse is a command line that makes no sense.
type misuse struct {
	cmd     *cobra.Command
	message string
	meant   []string // what was meant, perhaps
}

func (m *misuse) Error() string { return m.message }

// exit says what went wrong, unless that was said already, and returns the
// exit status.
func (p *program) exit(err error) int {
	var f failure
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errTold):
		return exitFailed
	case errors.As(err, &f):
		fmt.Fprintln(p.Stderr, f.Error())
		return exitFailed
	}
	cmd := p.root
	fmt.Fprintln(p.Stderr, err)
	var m *misuse
	if errors.As(err, &m) {
		cmd = m.cmd
		p.suggest(m.meant)
	}
	fmt.Fprintf(p.Stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
	return exitUsage
}

func (p *program) suggest(meant []string) {
	if len(meant) > 0 {
		fmt.Fprintf(p.Stderr, "Did you mean %s?\n", strings.Join(meant, " or "))
	}
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
		for _, similar := range closest(name, names) {
			m.meant = append(m.meant, "--"+similar)
		}
	}
	return m
}

// noArguments refuses arguments that are no flags.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	m := &misuse{cmd: cmd, message: fmt.Sprintf("unexpected argument %q", args[0])}
	if args[0] == "true" || args[0] == "false" {
		cmd.Flags().Visit(func(f *pflag.Flag) {
			if f.NoOptDefVal != "" {
				m.meant = append(m.meant, "--"+f.Name+"="+args[0])
			}
		})
	}
	return m
}
