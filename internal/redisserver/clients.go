package redisserver

import (
	"slices"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

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
		return listClients(s)
	case "kill":
		return killClients(s, args[2:])
	case "unblock":
		return unblockClient(s, args[2:])
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

func listClients(s *session) resp.Value {
	all := s.srv.connections()
	slices.SortFunc(all, func(a, b *client) int { return int(a.id - b.id) })
	var text strings.Builder
	for _, c := range all {
		text.WriteString(c.String() + "\n")
	}
	return resp.Of(text.String())
}

// killClients is CLIENT KILL, by address, or by the options ID, ADDR, LADDR and SKIPME.
func killClients(s *session, options []string) resp.Value {
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

// unblockClient is CLIENT UNBLOCK, for a client that waits in a blocking command.
func unblockClient(s *session, args []string) resp.Value {
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
