package redisserver

import (
	"slices"

	"github.com/keryx-go/keryx/internal/redisserver/command"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

func commandCommand(s *session, args []string) resp.Value {
	if len(args) == 1 {
		return s.srv.describeAll(s.srv.names())
	}
	switch fold(args[1]) {
	case "count":
		return resp.Count(len(s.srv.names()))
	case "list":
		return resp.Strings(s.srv.names())
	case "info":
		if len(args) == 2 {
			return s.srv.describeAll(s.srv.names())
		}
		return s.srv.describeAll(args[2:])
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

// names returns the names of the commands that the server has.
func (s *Server) names() []string {
	return slices.DeleteFunc(slices.Clone(command.Names()), func(name string) bool { return !s.has(name) })
}

func (s *Server) describeAll(names []string) resp.Value {
	all := resp.List()
	for _, name := range names {
		c := command.Find(fold(name))
		if c == nil || !s.has(c.Name) {
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
