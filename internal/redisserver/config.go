package redisserver

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/keryx-go/keryx/internal/redisserver/glob"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// defaultConfig is what CONFIG GET says. busy-reply-threshold, which has two
// names, is in milliseconds. embedded-script-memory is by how many bytes the heap
// may grow while a script runs.
func defaultConfig() map[string]string {
	return map[string]string{
		"appendonly": "no", "busy-reply-threshold": "5000", "databases": strconv.Itoa(databases), "lua-time-limit": "5000",
		"embedded-script-memory": "268435456", "maxclients": "10000", "maxmemory": "0", "maxmemory-policy": "noeviction", "notify-keyspace-events": "",
		"proto-max-bulk-len": strconv.Itoa(maxString), "save": "", "timeout": "0",
	}
}

// settable are the settings that may be changed.
var settable = []string{"embedded-script-memory", "busy-reply-threshold", "lua-time-limit"}

// setting returns a number of the configuration.
func setting(s *Server, name string) int {
	n, _ := strconv.Atoi(s.config[name]) // written here
	return n
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
		return configure(s, args[2:])
	case "resetstat":
		return resp.OK()
	case "rewrite":
		return resp.Err("ERR The server is running without a config file")
	}
	return help("CONFIG")
}

func configure(s *session, pairs []string) resp.Value {
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
		case slices.Contains(settable, name):
			if err != nil || n < 0 {
				return resp.Err(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - argument couldn't be parsed into an integer", pairs[i]))
			}
			s.srv.config[name] = value
			if name != settable[0] {
				s.srv.config["lua-time-limit"], s.srv.config["busy-reply-threshold"] = value, value
			}
		case value != old:
			return resp.Err(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - the embedded Redis cannot change it", pairs[i]))
		}
	}
	return resp.OK()
}
