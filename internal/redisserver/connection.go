package redisserver

import (
	"fmt"
	"strconv"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// version is the version of Redis that clients are told. The table of commands
// is that of this version.
const version = "7.0.15"

func ping(s *session, args []string) resp.Value {
	if s.client != nil && s.version < 3 && s.srv.hub.count(s.client) > 0 {
		return resp.Strings(append([]string{"pong"}, append(args[1:], "")[0]))
	}
	switch len(args) {
	case 1:
		return resp.Simple("PONG")
	case 2:
		return resp.Of(args[1])
	}
	return resp.Err("ERR wrong number of arguments for 'ping' command")
}

func echo(_ *session, args []string) resp.Value { return resp.Of(args[1]) }

func hello(s *session, args []string) resp.Value {
	v := s.version
	if len(args) > 1 {
		n, err := strconv.Atoi(args[1])
		switch {
		case err != nil:
			return resp.Err("ERR Protocol version is not an integer or out of range")
		case n != 2 && n != 3:
			return resp.Err("NOPROTO unsupported protocol version")
		}
		v = n
	}
	for i := 2; i < len(args); i++ {
		switch option := fold(args[i]); {
		case option == "auth" && i+2 < len(args):
			if args[i+1] != "default" {
				return wrongPassword
			}
			i += 2
		case option == "setname" && i+1 < len(args):
			if !validName(args[i+1]) {
				return badName
			}
			s.client.name = args[i+1]
			i++
		default:
			return resp.Err(fmt.Sprintf("ERR Syntax error in HELLO option '%s'", args[i]))
		}
	}
	s.speak(v)
	return resp.Pairs(
		resp.Of("server"), resp.Of("redis"), resp.Of("version"), resp.Of(version), resp.Of("proto"), resp.Count(v),
		resp.Of("id"), resp.Number(s.client.id), resp.Of("mode"), resp.Of("standalone"), resp.Of("role"), resp.Of("master"),
		resp.Of("modules"), resp.List(),
	)
}

var wrongPassword = resp.Err("WRONGPASS invalid username-password pair or user is disabled.")

// auth refuses passwords: the server has none.
func auth(_ *session, args []string) resp.Value {
	switch {
	case len(args) > 3:
		return resp.Err("ERR syntax error")
	case len(args) == 2:
		return resp.Err("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	case args[1] == "default":
		return resp.OK()
	}
	return wrongPassword
}

func selectDatabase(s *session, args []string) resp.Value {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return resp.Err("ERR value is not an integer or out of range")
	}
	if err := s.srv.data.choose(s.view, n); err != nil {
		return resp.Err(err.Error())
	}
	return resp.OK()
}

func quit(s *session, _ []string) resp.Value {
	s.client.leaving = true
	return resp.OK()
}

func reset(s *session, _ []string) resp.Value {
	s.client.tx, s.client.name = nil, ""
	unwatch(s, nil)
	s.srv.hub.leave(s.client)
	s.speak(2)
	_ = s.srv.data.choose(s.view, 0)
	return resp.Simple("RESET")
}
