package redisserver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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

// speak chooses the version of the protocol.
func (s *session) speak(v int) { s.version, s.view.peer.Resp3 = v, v == 3 }

var wrongPassword = resp.Err("WRONGPASS invalid username-password pair or user is disabled.")

// auth lets nobody in by a password: there is none.
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

// moreSubcommands are those of later versions that clients send.
var moreSubcommands = []string{"client|setinfo"}

func clientCommand(s *session, args []string) resp.Value {
	switch fold(args[1]) {
	case "id":
		return resp.Number(s.client.id)
	case "getname":
		if s.client.name == "" {
			return resp.Nil()
		}
		return resp.Of(s.client.name)
	case "setname":
		if !validName(args[2]) {
			return badName
		}
		s.client.name = args[2]
		return resp.OK()
	case "info":
		return resp.Of(s.client.String() + "\n")
	case "list":
		return s.clients()
	case "kill":
		return s.kill(args[2:])
	case "unblock":
		return s.unblock(args[2:])
	case "no-evict", "setinfo":
		return resp.OK()
	case "getredir":
		return resp.Count(-1)
	case "reply", "pause", "unpause", "tracking", "trackinginfo", "caching":
		return resp.Err("ERR the embedded Redis does not have CLIENT " + strings.ToUpper(args[1]))
	}
	return help("CLIENT")
}

var badName = resp.Err("ERR Client names cannot contain spaces, newlines or special characters.")

func validName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r < '!' || r > '~' })
}

// String returns what CLIENT LIST says of a client.
func (c *client) String() string {
	transaction := -1
	if c.tx != nil {
		transaction = len(c.tx.requests)
	}
	hub := c.srv.hub
	return fmt.Sprintf("id=%d addr=%s laddr=%s name=%s age=%d idle=%d flags=N db=%d sub=%d psub=%d ssub=%d multi=%d cmd=%s user=default resp=%d",
		c.id, c.conn.RemoteAddr(), c.conn.LocalAddr(), c.name, int(time.Since(c.since).Seconds()), int(time.Since(c.seen).Seconds()), c.session.view.db,
		len(hub.of(c, toChannel)), len(hub.of(c, toPattern)), len(hub.of(c, toShard)), transaction, c.command, c.session.version)
}

func (s *session) clients() resp.Value {
	all := s.srv.connections()
	slices.SortFunc(all, func(a, b *client) int { return int(a.id - b.id) })
	var text strings.Builder
	for _, c := range all {
		text.WriteString(c.String() + "\n")
	}
	return resp.Of(text.String())
}

// kill is CLIENT KILL, by address, or by the options ID, ADDR, LADDR and SKIPME.
func (s *session) kill(options []string) resp.Value {
	n, skip := 0, true
	match := func(c *client) bool { return c.conn.RemoteAddr().String() == options[0] }
	if len(options) > 1 {
		if len(options)%2 != 0 {
			return resp.Err("ERR syntax error")
		}
		want := map[string]string{}
		for i := 0; i < len(options); i += 2 {
			want[fold(options[i])] = options[i+1]
		}
		skip = fold(want["skipme"]) != "no"
		match = func(c *client) bool {
			is := map[string]string{
				"id": strconv.FormatInt(c.id, 10), "addr": c.conn.RemoteAddr().String(), "laddr": c.conn.LocalAddr().String(),
				"user": "default", "skipme": want["skipme"], "type": "normal",
			}
			for name, value := range want {
				if is[name] != value {
					return false
				}
			}
			return true
		}
	}
	for _, c := range s.srv.connections() {
		if !match(c) || c == s.client && skip && len(options) > 1 {
			continue
		}
		n++
		if c == s.client {
			c.leaving = true
		} else {
			c.close()
		}
	}
	switch {
	case len(options) > 1:
		return resp.Count(n)
	case n == 0:
		return resp.Err("ERR No such client")
	}
	return resp.OK()
}

// unblock is CLIENT UNBLOCK.
func (s *session) unblock(args []string) resp.Value {
	for i, w := range s.srv.waiters {
		if strconv.FormatInt(w.client.id, 10) != args[0] {
			continue
		}
		reply := w.empty
		if len(args) > 1 && fold(args[1]) == "error" {
			reply = resp.Err("UNBLOCKED client unblocked via CLIENT UNBLOCK")
		}
		s.srv.waiters = slices.Delete(s.srv.waiters, i, i+1)
		w.done <- reply
		return resp.Count(1)
	}
	return resp.Count(0)
}
