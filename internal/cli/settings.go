package cli

// Settings are the CLI_* settings, for actions on the command line.
type Settings struct {
	IncludeStackInErrors bool `env:"CLI_INCLUDE_STACK_IN_ERRORS" envDefault:"true" doc:"Whether a printed error includes its stack."`
	Quiet                bool `env:"CLI_QUIET" envDefault:"false" doc:"Whether commands log warnings and errors only, as with -q."`
	AllowAs              bool `env:"CLI_ALLOW_AS" envDefault:"false" doc:"Whether --as may run an action as any user. In development and test it always may."`
}
