extends RefCounted
## One request as it came over the socket.

## The method, in capitals.
var method: String = ""
## The path, percent-decoded, without the query.
var path: String = ""
## The query's parameters, percent-decoded.
var query: Dictionary[String, String] = {}
## The headers, with names in lower case.
var headers: Dictionary[String, String] = {}
## The raw body.
var body: PackedByteArray = PackedByteArray()


## The body as a JSON object; empty where it is none.
func get_body_parsed() -> Dictionary:
	var parser: JSON = JSON.new()
	if parser.parse(body.get_string_from_utf8()) != OK or not parser.data is Dictionary:
		return {}
	return parser.data


## A header's value, whatever the case of [param name]; empty where it is missing.
func get_header(name: String) -> String:
	return headers.get(name.to_lower(), "")


## Whether the connection stays open after the response.
func keeps_alive() -> bool:
	return get_header("Connection").to_lower() != "close"
