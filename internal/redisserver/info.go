package redisserver

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

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
		for _, line := range infoSection(s, section) {
			text.WriteString(line + "\r\n")
		}
	}
	return resp.Value{Kind: resp.Text, Text: "txt:" + text.String()}
}

func infoSection(s *session, name string) []string {
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
	return infoKeyspace(s)
}

// infoKeyspace lists the databases that have keys.
func infoKeyspace(s *session) []string {
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
