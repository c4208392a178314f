package conformance

var listRows = []row{
	{name: "several", action: "lists", json: `{"tags":["aa","bb"],"numbers":[1,2]}`, text: "tags=aa&tags=bb&numbers=1&numbers=2",
		want: `{"tags":["aa","bb"],"numbers":[1,2]}`},
	{name: "one", action: "lists", json: `{"tags":["aa"]}`, text: "tags=aa", want: `{"tags":["aa"]}`},
	{name: "a comma is a character", action: "lists", json: `{"tags":["a,b"]}`, text: "tags=a%2Cb", want: `{"tags":["a,b"]}`},
	{name: "empty", action: "lists", json: `{"tags":[]}`, text: unsayable, want: `{}`},
	{name: "no list", action: "lists", json: `{"tags":"aa"}`, text: unsayable, err: invalid("tags", "aa", "tags must be a list")},
	{name: "too many", action: "lists", json: `{"tags":["aa","bb","cc","dd"]}`, text: "tags=aa&tags=bb&tags=cc&tags=dd",
		err: invalid("tags", []string{"aa", "bb", "cc", "dd"}, "tags must have at most 3 items")},
	{name: "too few", action: "lists", json: `{"numbers":[1]}`, text: unsayable, err: invalid("numbers", []int{1}, "numbers must have at least 2 items")},
	{name: "twins", action: "lists", json: `{"tags":["aa","aa"]}`, text: "tags=aa&tags=aa", err: invalid("tags", []string{"aa", "aa"}, "tags must not have the same item twice")},
	{name: "a bad element", action: "lists", json: `{"numbers":[1,10]}`, text: "numbers=1&numbers=10", err: invalid("numbers[1]", "10", "numbers[1] must be at most 9")},
	{name: "an element of another type", action: "lists", json: `{"numbers":[1,"two"]}`, text: "numbers=1&numbers=two", err: invalid("numbers[1]", "two", "numbers[1] must be a whole number")},
	{name: "two bad elements", action: "lists", json: `{"tags":["a","b","cc"]}`, text: "tags=a&tags=b&tags=cc", err: invalid("tags[0]", "a", "tags[0] must have at least 2 characters").and(1)},
}

var nestedRows = []row{
	{name: "an object", action: "nested", json: `{"address":{"street":"Main St","zip":123}}`,
		text: `address=%7B%22street%22%3A%22Main+St%22%2C%22zip%22%3A123%7D`, want: `{"address":{"street":"Main St","zip":123}}`},
	{name: "objects in a list", action: "nested", json: `{"lines":[{"sku":"a","quantity":1},{"sku":"b","quantity":2}]}`,
		text: `lines=%7B%22sku%22%3A%22a%22%2C%22quantity%22%3A1%7D&lines=%7B%22sku%22%3A%22b%22%2C%22quantity%22%3A2%7D`,
		want: `{"lines":[{"sku":"a","quantity":1},{"sku":"b","quantity":2}]}`},
	{name: "a map", action: "nested", json: `{"labels":{"a":"1","ü":"2"}}`, text: `labels=%7B%22a%22%3A%221%22%2C%22%C3%BC%22%3A%222%22%7D`, want: `{"labels":{"a":"1","ü":"2"}}`},
	{name: "a part is missing", action: "nested", json: `{"address":{}}`, text: "address=%7B%7D", err: invalid("address.street", nil, "Missing required param: address.street")},
	{name: "a part is wrong", action: "nested", json: `{"lines":[{"sku":"a","quantity":1},{"sku":"b","quantity":0}]}`,
		text: `lines=%7B%22sku%22%3A%22a%22%2C%22quantity%22%3A1%7D&lines=%7B%22sku%22%3A%22b%22%2C%22quantity%22%3A0%7D`,
		err:  invalid("lines[1].quantity", "0", "lines[1].quantity must be at least 1")},
	{name: "no object", action: "nested", json: `{"address":"Main St"}`, text: unsayable, err: invalid("address", "Main St", "address must be an object")},
	{name: "a label of another type", action: "nested", json: `{"labels":{"a":1}}`, text: "labels=%7B%22a%22%3A1%7D", err: invalid("labels.a", "1", "labels.a must be text")},
}

var presenceRows = []row{
	{name: "all", action: "presence", json: `{"must":"m","pointer":"p","optional":"o","default":1,"list":["x"]}`,
		text: "must=m&pointer=p&optional=o&default=1&list=x",
		want: `{"must":"m","pointer":"p","optional":"o","default":1,"list":["x"]}`},
	{name: "only what must be", action: "presence", json: `{"must":"m"}`, text: "must=m",
		want: `{"must":"m","pointer":"nil","optional":"absent","default":10,"list":["a","b"]}`},
	{name: "nulls", action: "presence", json: `{"must":"m","pointer":null,"optional":null,"default":null}`, text: unsayable,
		want: `{"must":"m","pointer":"nil","optional":"null","default":10,"list":["a","b"]}`},
	{name: "missing", action: "presence", json: `{}`, text: "", err: invalid("must", nil, "Missing required param: must")},
	{name: "null is missing", action: "presence", json: `{"must":null}`, text: unsayable, err: invalid("must", nil, "must must be text")},
	{name: "empty is there", action: "presence", json: `{"must":"","pointer":""}`, text: "must=&pointer=",
		want: `{"must":"","pointer":"","optional":"absent","default":10,"list":["a","b"]}`},
	{name: "over the limit of one with a default", action: "presence", json: `{"must":"m","default":21}`, text: "must=m&default=21", err: invalid("default", "21", "default must be at most 20")},
	{name: "unknown ones are ignored", action: "presence", json: `{"must":"m","__proto__":{"a":1},"other":[1]}`, text: unsayable,
		want: `{"must":"m","pointer":"nil","optional":"absent","default":10,"list":["a","b"]}`},
}
