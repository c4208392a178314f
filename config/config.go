// Package config reads settings from environment variables into the fields of
// tagged structs.
//
// [Open] reads the environment and the .env file. [Set.Bind] fills a struct from
// them; a value that does not parse is an error that names its variable. [Set.Err]
// returns the mistakes of all structs together, and [Set.Settings] lists all
// settings with their sources, secrets masked.
//
// A package that is used by itself takes the defaults from the same tags:
// [Default] returns them, [Complete] fills in what is left out.
//
// # Where a value comes from
//
// The first of these that is there:
//
//  1. NAME_<ENV> (such as REDIS_URL_TEST when KERYX_ENV is "test"), in the
//     environment, then in the .env file
//  2. NAME, in the environment, then in the .env file
//  3. NAME_<ENV>, then NAME, in [Options.Defaults]
//  4. the built-in default
//
// A variable that is there but empty counts as absent, since that is what
// "FOO=${FOO}" in a compose file makes of one. The settings for which empty
// means something (no database, a header that is not sent) say so in their
// documentation: for these an empty value is a value like any other.
//
// # Tags
//
// A field is a setting when it has an env tag. Struct fields without one are
// groups. The tags are:
//
//	env:"NAME"             the variable; env:"NAME,required" makes its absence an error
//	envPrefix:"AUDIT_"     on a group: goes before the names of its variables
//	envDefault:"30s"       the default; without one, what the field holds already
//	envDefault.test:"1s"   the default in the environment "test"
//	envDefaultFrom:"…"     the default is set by [Deriver]; this says in words how
//	envSeparator:";"       of a slice or map, instead of ","
//	doc:"…"                one or more sentences for people
//	unit:"ms"              of a duration: what a bare number counts (ns, us, ms, s, m, h)
//	minimum:"1"            the least number or duration
//	maximum:"65535"        the greatest
//	enum:"text,json"       the only values of a text, upper or lower case
//	pattern:"^[a-z]+$"     what a text must match; patternDescription says it in words
//	format:"url"           also: http-url, host, route, origins, networks, header-name, header-value
//	example:"a.example"    for the error message; the default serves when there is none
//	empty:"no database"    an empty value is a value, and this is what it means
//	secret:"true"          never printed
//
// # Settings that depend on others
//
// A struct or group may be a [Validator], whose settings must fit each other, and a
// [Deriver], whose defaults depend on other settings.
package config
