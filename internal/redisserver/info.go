package redisserver

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keryx-go/keryx/internal/redisserver/command"
	"github.com/keryx-go/keryx/internal/redisserver/glob"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// sections are the parts of INFO. There is none on memory, which is that of the
// process.
var sections = []string{"server", "clients", "persistence", "stats", "replication", "keyspace"}

func info(s *session, args []string) resp.Value {
	var text strings.Builder
	for _, section := range sections {
		all := len(args) == 1 || slices.ContainsFunc(args[1:], func(a string) bool {
			return slices.Contains([]string{section, "default", "all", "everything"}, fold(a))
		})
		if !all {
			continue
		}
		if text.Len() > 0 {
			text.WriteString("\r\n")
		}
		fmt.Fprintf(&text, "# %s\r\n", strings.ToUpper(section[:1])+section[1:])
		for _, line := range s.section(section) {
			text.WriteString(line + "\r\n")
		}
	}
	return resp.Value{Kind: resp.Text, Text: "txt:" + text.String()}
}

func (s *session) section(name string) []string {
	srv := s.srv
	switch name {
	case "server":
		up := int(time.Since(srv.started).Seconds())
		return []string{
			"redis_version:" + version, "redis_mode:standalone", "os:" + runtime.GOOS, "embedded:1", fmt.Sprint("process_id:", os.Getpid()),
			"tcp_port:" + srv.Port(), fmt.Sprint("uptime_in_seconds:", up), fmt.Sprint("uptime_in_days:", up/86400),
		}
	case "clients":
		return []string{fmt.Sprint("connected_clients:", len(srv.connections())), fmt.Sprint("blocked_clients:", len(srv.waiters))}
	case "persistence":
		return []string{"loading:0", "rdb_changes_since_last_save:0", "aof_enabled:0"}
	case "stats":
		return []string{
			fmt.Sprint("total_connections_received:", srv.stats.connections.Load()), fmt.Sprint("total_commands_processed:", srv.stats.commands.Load()),
			"expired_keys:0", "evicted_keys:0", fmt.Sprint("pubsub_channels:", len(srv.hub.subscribers[toChannel])),
			fmt.Sprint("pubsub_patterns:", len(srv.hub.subscribers[toPattern])),
		}
	case "replication":
		return []string{"role:master", "connected_slaves:0", "master_repl_offset:0"}
	}
	return s.keyspace()
}

// keyspace lists the databases that have keys.
func (s *session) keyspace() []string {
	var lines []string
	v := newView()
	for db := range databases {
		if s.srv.data.choose(v, db) != nil {
			continue
		}
		if n := s.srv.data.value(v, s.now, "DBSIZE"); n.Number > 0 {
			lines = append(lines, fmt.Sprintf("db%d:keys=%d,expires=%d,avg_ttl=0", db, n.Number, s.srv.data.expiring(db)))
		}
	}
	return lines
}

// defaultConfig is what CONFIG GET says. Only busy-reply-threshold has an effect.
func defaultConfig() map[string]string {
	return map[string]string{
		"appendonly": "no", "busy-reply-threshold": "5000", "databases": strconv.Itoa(databases), "lua-time-limit": "5000",
		"maxclients": "10000", "maxmemory": "0", "maxmemory-policy": "noeviction", "notify-keyspace-events": "",
		"proto-max-bulk-len": strconv.Itoa(maxString), "save": "", "timeout": "0",
	}
}

func config(s *session, args []string) resp.Value {
	known := s.srv.config
	switch fold(args[1]) {
	case "get":
		found := resp.Pairs()
		for _, name := range slices.Sorted(maps.Keys(known)) {
			if slices.ContainsFunc(args[2:], func(pattern string) bool { return glob.Match(fold(pattern), name) }) {
				found.Items = append(found.Items, resp.Of(name), resp.Of(known[name]))
			}
		}
		return found
	case "set":
		return s.configure(args[2:])
	case "resetstat":
		return resp.OK()
	case "rewrite":
		return resp.Err("ERR The server is running without a config file")
	}
	return help("CONFIG")
}

func (s *session) configure(pairs []string) resp.Value {
	if len(pairs)%2 != 0 {
		return resp.Err("ERR wrong number of arguments for 'config|set' command")
	}
	for i := 0; i < len(pairs); i += 2 {
		name, value := fold(pairs[i]), pairs[i+1]
		old, ok := s.srv.config[name]
		n, err := strconv.Atoi(value)
		switch {
		case !ok:
			return resp.Err(fmt.Sprintf("ERR Unknown option or number of arguments for CONFIG SET - '%s'", pairs[i]))
		case name == "lua-time-limit" || name == "busy-reply-threshold":
			if err != nil || n < 0 {
				return resp.Err(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - argument couldn't be parsed into an integer", pairs[i]))
			}
			s.srv.config["lua-time-limit"], s.srv.config["busy-reply-threshold"] = value, value
		case value != old:
			return resp.Err(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - the embedded Redis cannot change it", pairs[i]))
		}
	}
	return resp.OK()
}

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

func role(*session, []string) resp.Value {
	return resp.List(resp.Of("master"), resp.Count(0), resp.List())
}

func waitForReplicas(_ *session, args []string) resp.Value {
	if _, err := strconv.Atoi(args[1]); err != nil {
		return resp.Err("ERR value is not an integer or out of range")
	}
	if n, err := strconv.Atoi(args[2]); err != nil {
		return resp.Err("ERR timeout is not an integer or out of range")
	} else if n < 0 {
		return resp.Err("ERR timeout is negative")
	}
	return resp.Count(0)
}

func slowlog(_ *session, args []string) resp.Value {
	switch fold(args[1]) {
	case "get":
		return resp.List()
	case "len":
		return resp.Count(0)
	case "reset":
		return resp.OK()
	}
	return help("SLOWLOG")
}

func lastSave(s *session, _ []string) resp.Value { return resp.Number(s.srv.started.Unix()) }

func notSaved(_ *session, args []string) resp.Value {
	return resp.Err("ERR the embedded Redis stores nothing on disk")
}

func shutdown(*session, []string) resp.Value {
	return resp.Err("ERR the embedded Redis ends with its process")
}
