package dev

import (
	"context"
	"encoding/json"
	"net"
	"os/exec"
	"strings"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

// settings are those of the app that concern `keryx dev`, by their variables.
type settings map[string]config.Setting

// ask has the program list its settings, which knows the defaults of the app as well as
// the environment and the .env file. It connects to nothing.
func ask(ctx context.Context, p *program) (settings, error) {
	cmd := exec.CommandContext(ctx, p.path, "config", "--json")
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var list []config.Setting
	if json.NewDecoder(strings.NewReader(string(out))).Decode(&list) != nil || err != nil {
		text := ""
		if exit, ok := err.(*exec.ExitError); ok {
			text = strings.TrimSpace(string(exit.Stderr))
		}
		if text == "" {
			text = "it is no Keryx app: its command line has no `config --json`"
		}
		return nil, &failure{title: "it does not start", text: text}
	}
	s := settings{}
	for _, one := range list {
		s[one.Variable] = one
	}
	return s, nil
}

// guess returns the settings without the program: it has not been built yet. The
// defaults of the app are not known.
func guess() settings {
	c, _ := keryx.LoadConfig(config.Options{}) // wrong ones have their defaults
	s := settings{}
	for _, one := range c.Settings() {
		s[one.Variable] = one
	}
	return s
}

// address returns where the app listens.
func (s settings) address() string {
	return net.JoinHostPort(s["WEB_SERVER_HOST"].Value, s["WEB_SERVER_PORT"].Value)
}

// chosen reports whether the environment or the .env file has a setting.
func (s settings) chosen(variable string) bool {
	source := s[variable].Source
	return source != "built-in" && source != "app default"
}

// variant returns the variable of a setting that wins over all others, such as
// REDIS_URL_DEVELOPMENT.
func (s settings) variant(variable string) string {
	return variable + "_" + strings.ToUpper(strings.ReplaceAll(s["KERYX_ENV"].Value, "-", "_"))
}
