package cli

// Settings are the CLI_* settings, for actions that are run from the command line.
type Settings struct {
	IncludeStackInErrors bool `env:"CLI_INCLUDE_STACK_IN_ERRORS" envDefault:"true" doc:"Whether an error that is printed carries its stack."`
	Quiet                bool `env:"CLI_QUIET" envDefault:"false" doc:"Whether nothing but the result is printed, as with -q."`
}
