package redisserver

import (
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// handlers are the commands that are not passed on as they are.
var handlers map[string]handler

func init() {
	handlers = map[string]handler{
		"ping": ping, "echo": echo, "hello": hello, "auth": auth, "select": selectDatabase, "quit": quit, "reset": reset,
		"client": clientCommand,

		"multi": multi, "exec": exec, "discard": discard, "watch": watch, "unwatch": unwatch,

		"subscribe": subscribe(toChannel), "psubscribe": subscribe(toPattern), "ssubscribe": subscribe(toShard),
		"unsubscribe": unsubscribe(toChannel), "punsubscribe": unsubscribe(toPattern), "sunsubscribe": unsubscribe(toShard),
		"publish": publish(toChannel), "spublish": publish(toShard), "pubsub": pubsub,

		"blpop": blockingPop, "brpop": blockingPop, "bzpopmin": blockingPop, "bzpopmax": blockingPop,
		"blmove": blockingMove, "brpoplpush": blockingMove, "blmpop": blockingMultiPop, "bzmpop": blockingMultiPop,
		"xread": readStreams, "xreadgroup": readStreams,

		"set": setWithOptions, "getex": setWithOptions, "setex": setWithTime, "psetex": setWithTime,
		"expire": expire(expireTime{unit: 1000}), "pexpire": expire(expireTime{unit: 1}),
		"expireat": expire(expireTime{unit: 1000, absolute: true}), "pexpireat": expire(expireTime{unit: 1, absolute: true}),
		"ttl": timeLeft(expireTime{unit: 1000}), "pttl": timeLeft(expireTime{unit: 1}),
		"expiretime": timeLeft(expireTime{unit: 1000, absolute: true}), "pexpiretime": timeLeft(expireTime{unit: 1, absolute: true}),
		"restore": restore, "rename": renamed, "renamenx": renamed, "copy": copied, "move": move, "swapdb": swapDatabases,
		"flushall": flush, "flushdb": flush,
		"hexpire": expireFields, "hsetex": setFields, "httl": fieldsLeft(expireTime{unit: 1000}), "hpttl": fieldsLeft(expireTime{unit: 1}),

		"keys": keys, "scan": scan(1, 1), "hscan": scan(2, 2), "sscan": scan(2, 1), "zscan": scan(2, 2),

		"eval": eval(false, false), "eval_ro": eval(false, true), "evalsha": eval(true, false), "evalsha_ro": eval(true, true),
		"script": scriptCommand,

		"setrange": setRange, "setbit": setBit, "append": appendTo, "lpos": positions,
		"srandmember": random, "hrandfield": paired, "zrandmember": paired,

		"bitfield": bitField, "bitfield_ro": bitField, "lcs": commonSubsequence, "decrby": decrement,
		"substr": substring, "hincrby": incrementField, "object": object, "type": typeOf, "sort": sorted, "sort_ro": sorted,
		"zdiff": difference, "zdiffstore": difference, "zintercard": intersectionSize, "zrangestore": rangeStore, "zincrby": increment,
		"zrange": paired, "zrevrange": paired, "zrangebyscore": paired, "zrevrangebyscore": paired, "zunion": paired, "zinter": paired,
		"zpopmin": paired, "zpopmax": paired,

		"info": info, "config": config, "command": commandCommand, "role": role, "wait": waitForReplicas,
		"readonly": noCluster, "readwrite": noCluster, "asking": noCluster, "cluster": noCluster, "slowlog": slowlog, "lastsave": lastSave, "shutdown": shutdown, "save": notSaved, "bgsave": notSaved,
	}
}

// hasCommand reports whether the server has a command, whose name is in lower case.
func hasCommand(s *Server, name string) bool {
	return handlers[name] != nil || s.data.has(name)
}

// help is the reply to HELP, and to a subcommand without an answer.
func help(name string) resp.Value {
	return resp.List(resp.Simple(name + " <subcommand> [<arg> [value] [opt] ...]. The embedded Redis has no more help."))
}
