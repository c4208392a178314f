package redisserver

import (
	"slices"

	"github.com/keryx-go/keryx/internal/redisserver/command"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

func commandCommand(s *session, args []string) resp.Value {
	if len(args) == 1 {
		return describeCommands(s.srv, commandNames(s.srv))
	}
	switch fold(args[1]) {
	case "count":
		return resp.Count(len(commandNames(s.srv)))
	case "list":
		return resp.Strings(commandNames(s.srv))
	case "info":
		if len(args) == 2 {
			return describeCommands(s.srv, commandNames(s.srv))
		}
		return describeCommands(s.srv, args[2:])
	case "docs":
		return resp.Pairs()
	case "getkeys":
		c, err := s.find(args[2:])
		if err.IsError() {
			return resp.Err("ERR Invalid command specified")
		}
		keys := c.Keys(args[2:])
		if len(keys) == 0 {
			return resp.Err("ERR The command has no key arguments")
		}
		return resp.Strings(keys)
	}
	return help("COMMAND")
}

// commandNames returns the names of the commands that the server has.
func commandNames(s *Server) []string {
	return slices.DeleteFunc(slices.Clone(command.Names()), func(name string) bool { return !hasCommand(s, name) })
}

func describeCommands(s *Server, names []string) resp.Value {
	all := resp.List()
	for _, name := range names {
		c := command.Find(fold(name))
		if c == nil || !hasCommand(s, c.Name) {
			all.Items = append(all.Items, resp.NullArray)
			continue
		}
		all.Items = append(all.Items, describe(c))
	}
	return all
}

func describe(c *command.Command) resp.Value {
	subs := resp.List()
	for _, sub := range c.Subs {
		subs.Items = append(subs.Items, describe(sub))
	}
	return resp.List(resp.Of(c.Name), resp.Count(c.Arity), statuses(c.Flags), resp.Count(c.First), resp.Count(c.Last), resp.Count(c.Step),
		statuses(c.Groups), resp.List(), resp.List(), subs)
}

func statuses(texts []string) resp.Value {
	v := resp.List()
	for _, t := range texts {
		v.Items = append(v.Items, resp.Simple(t))
	}
	return v
}
