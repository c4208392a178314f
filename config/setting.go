package config

// Setting is one setting as [Set.Settings] lists it. Secrets and the
// passwords in URLs are masked in it.
type Setting struct {
	// Path is the name of the section and the field: "Audit.RetentionDays".
	Path string
	// Variable is the environment variable: "WEB_SERVER_PORT".
	Variable string
	// Value is what the field holds now.
	Value string
	// Default is the built-in default in this environment.
	Default string
	// Source says where the value came from: "environment", ".env" (the path of
	// the file), "app default", "built-in", or "code" when the field was changed
	// since. A variable of another name than Variable follows in parentheses:
	// "environment (REDIS_URL_TEST)".
	Source string
	// Doc is what the setting means, what it may be, and what an empty value
	// does.
	Doc string
}
