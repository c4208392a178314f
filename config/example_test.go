package config_test

import (
	"fmt"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

type queueSettings struct {
	Name    string        `env:"QUEUE_NAME" envDefault:"jobs" doc:"The name of the queue."`
	Timeout time.Duration `env:"QUEUE_TIMEOUT" envDefault:"30s" unit:"ms" minimum:"1ms" doc:"How long a job may run."`
}

func ExampleOpen() {
	set := config.Open(config.Options{
		Environ:  []string{"KERYX_ENV=test", "QUEUE_TIMEOUT=9000", "QUEUE_TIMEOUT_TEST=100"},
		DotEnv:   "-",
		Defaults: map[string]string{"QUEUE_NAME": "mail"},
	})
	var queue queueSettings
	err := set.Bind("Queue", &queue)
	fmt.Println(queue.Name, queue.Timeout, err)
	// Output: mail 100ms <nil>
}

func ExampleSet_Err() {
	set := config.Open(config.Options{Environ: []string{"QUEUE_TIMEOUT=soon"}, DotEnv: "-"})
	var queue queueSettings
	set.Bind("Queue", &queue)
	fmt.Println(set.Err())
	// Output: QUEUE_TIMEOUT="soon" (from environment): not a duration; expected e.g. 30000 (milliseconds) or 30s
}

func ExampleDefault() {
	fmt.Println(config.Default[queueSettings]().Timeout)
	// Output: 30s
}

type auditSettings struct {
	RetentionDays int    `env:"AUDIT_RETENTION_DAYS" envDefault:"30" minimum:"1" doc:"Older entries are deleted."`
	Key           string `env:"AUDIT_KEY,required" secret:"true" doc:"Signs the entries."`
}

// The settings of an app or plugin.
func ExampleSet_Bind() {
	api := keryx.New(keryx.Options{Environ: []string{"AUDIT_RETENTION_DAYS=7", "AUDIT_KEY=hunter2"}, DotEnv: "-"})
	audit := keryx.Settings[auditSettings](api, "Audit")

	fmt.Println(audit.RetentionDays)
	for _, s := range api.Config.Settings() {
		if s.Path == "Audit.Key" {
			fmt.Println(s.Variable, s.Value, s.Source)
		}
	}
	// Output:
	// 7
	// AUDIT_KEY [[secret]] environment
}
