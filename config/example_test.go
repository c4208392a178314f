package config_test

import (
	"fmt"

	"github.com/keryx-go/keryx/config"
)

func ExampleLoad() {
	c, err := config.Load(config.Options{
		Environ:  []string{"KERYX_ENV=test", "WEB_SERVER_PORT=9000", "WEB_SERVER_PORT_TEST=9001"},
		DotEnv:   "-",
		Defaults: map[string]string{"DATABASE_URL": "sqlite://:memory:"},
	})
	fmt.Println(c.Server.Web.Port, c.Database.ConnectionString, c.Actions.Timeout, err)
	// Output: 9001 sqlite://:memory: 5m0s <nil>
}

func ExampleLoad_wrong() {
	_, err := config.Load(config.Options{
		Environ: []string{"WEB_SERVER_PORT=abc", "LOG_FORMAT=xml"},
		DotEnv:  "-",
	})
	fmt.Println(err)
	// Output:
	// LOG_FORMAT="xml" (from environment): not one of the known values; expected text or json
	// WEB_SERVER_PORT="abc" (from environment): not a whole number; expected e.g. 8080
}

func ExampleConfig_Bind() {
	c, _ := config.Load(config.Options{Environ: []string{"AUDIT_RETENTION_DAYS=7", "AUDIT_KEY=hunter2"}, DotEnv: "-"})
	var audit struct {
		RetentionDays int    `env:"AUDIT_RETENTION_DAYS" envDefault:"30" minimum:"1" doc:"Older entries are deleted."`
		Key           string `env:"AUDIT_KEY,required" secret:"true" doc:"Signs the entries."`
	}
	if err := c.Bind("Audit", &audit); err != nil {
		fmt.Println(err)
	}
	fmt.Println(audit.RetentionDays)
	for _, s := range c.Settings() {
		if s.Path == "Audit.Key" {
			fmt.Println(s.Variable, s.Value, s.Source)
		}
	}
	// Output:
	// 7
	// AUDIT_KEY [[secret]] environment
}
