package logging

import "log/slog"

// Settings are the LOG_* settings.
type Settings struct {
	Level             slog.Level `env:"LOG_LEVEL" envDefault:"info" doc:"The lowest level that is logged: trace, debug, info, warn, error or fatal."`
	Format            string     `env:"LOG_FORMAT" envDefault:"text" enum:"text,json" doc:"The format of the log: lines for people, or one JSON object per line."`
	Colorize          bool       `env:"LOG_COLORIZE" envDefault:"true" doc:"Whether to color text on a terminal."`
	IncludeTimestamps bool       `env:"LOG_INCLUDE_TIMESTAMPS" envDefault:"true" doc:"Whether lines include the time."`
	Params            bool       `env:"LOG_PARAMS" envDefault:"true" doc:"Whether the log has the values of parameters. False: their names only. Secrets are never logged."`
	MaxParamLength    int        `env:"LOG_MAX_PARAM_LENGTH" envDefault:"100" minimum:"0" doc:"How many characters of a parameter's value the log shows. 0: all."`
}
