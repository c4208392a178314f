// Package config reads settings from environment variables into the fields of
// tagged structs.
//
// [Open] reads the environment and the .env file. [Set.Bind] fills a struct from them;
// a value that cannot be parsed is an error that names its variable. [Set.Err] returns
// the mistakes of all structs together, and [Set.Settings] lists all settings with
// their sources, secrets masked.
//
// A package that is used without a Set takes the defaults from the same tags: [Default]
// returns them, and [Complete] fills in missing values.
//
// # Where a value comes from
//
// The first of these that has a value:
//
//  1. NAME_<ENV> (such as REDIS_URL_TEST when KERYX_ENV is "test"), in the
//     environment, then in the .env file
//  2. NAME, in the environment, then in the .env file
//  3. NAME_<ENV>, then NAME, in [Options.Defaults]
//  4. the built-in default
//
// A variable that is set but empty counts as absent, because "FOO=${FOO}" in a compose
// file sets one. For some settings an empty value has a meaning (no database, a header
// that is not sent). Their documentation says so, and an empty value is a value like
// any other for them.
//
// # Tags
//
// A field is a setting if it has an env tag. Struct fields without one are groups. The
// tags are:
//
//	env:"NAME"             the variable; env:"NAME,required" makes its absence an error
//	envPrefix:"AUDIT_"     on a group: goes before the names of its variables
//	envDefault:"30s"       the default; without one, the field keeps its value
//	envDefault.test:"1s"   the default in the environment "test"
//	envDefaultFrom:"…"     the default is set by [Deriver]; this describes it in words
//	envSeparator:";"       of a slice or map, instead of ","
//	doc:"…"                one or more sentences for people
//	unit:"ms"              of a duration: the unit of a bare number (ns, us, ms, s, m, h)
//	minimum:"1"            the least number or duration
//	minLength:"32"         the least number of characters of a text, such as a secret
//	maximum:"65535"        the greatest
//	enum:"text,json"       the only values of a text, upper or lower case
//	pattern:"^[a-z]+$"     a pattern for a text; patternDescription describes it in words
//	format:"url"           also: http-url, host, route, origins, networks, header-name, header-value
//	example:"a.example"    for the error message; the default serves when there is none
//	empty:"no database"    an empty value is a value, with this meaning
//	secret:"true"          never printed
//
// # Settings that depend on others
//
// A struct or group may be a [Validator], which checks that settings fit each other,
// and a [Deriver], which sets defaults that depend on other settings.
package config
