package config

// Setting is one setting in the list of [Set.Settings], with secrets and the passwords
// in URLs masked.
type Setting struct {
	// Path is the name of the section and the field: "Audit.RetentionDays".
	Path string `json:"path"`
	// Variable is the environment variable: "WEB_SERVER_PORT".
	Variable string `json:"variable"`
	// Value is the current value of the field.
	Value string `json:"value"`
	// Default is the built-in default in this environment.
	Default string `json:"default"`
	// Source is the source of the value: "environment", ".env" (the path of the file),
	// "app default", "built-in", or "code" when the field was changed later. If the
	// variable has another name than Variable, it follows in parentheses: "environment
	// (REDIS_URL_TEST)".
	Source string `json:"source"`
	// Doc describes the setting, its valid values, and the effect of an empty value.
	Doc string `json:"doc"`
}
